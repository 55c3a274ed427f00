import { parseElf, parsePe } from '@nx-redox/binary';
import { type Backend, formatError } from '@nx-redox/kit';
import { deriveSpec, type Location } from '@nx-redox/toolchain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Builder, type BuildOptions } from './build';
import type { BuildExecutorOptions } from './executors/build/options';
import { buildTask } from './testing/tasks';
import { C_PROGRAM, compileTinyC, CRATE_HEAD } from './testing/tiny-c';
import {
  hasToolchain,
  makeTinyWorkspace,
  testToolchain,
  tinyOptions,
  type TinyWorkspace,
} from './testing/tiny-workspace';

const silent = { progress: () => undefined, text: (text: string) => void (shown += text) };
let shown = '';

/** A package beside the tiny workspace, in none. */
function lone(name: string, more: string, file: string, source: string): Record<string, string> {
  return {
    [`recipes/${name}/Cargo.toml`]: `
[package]
name = "${name}"
version = "0.2.0"
edition = "2024"
[dependencies]
nucleus = { path = "../tiny/nucleus" }
[profile.release]
panic = "abort"
lto = "fat"
${more}`,
    [`recipes/${name}/Cargo.lock`]: `version = 4
[[package]]
name = "${name}"
version = "0.2.0"
dependencies = ["nucleus"]
[[package]]
name = "nucleus"
version = "0.3.1"
`,
    [`recipes/${name}/src/${file}`]: source,
  };
}

const FILES: Record<string, string> = {
  ...lone(
    'boot',
    '[lib]\ncrate-type = ["staticlib"]\n',
    'lib.rs',
    `${CRATE_HEAD}extern crate nucleus;
use nucleus::*;
#[unsafe(no_mangle)] pub extern "C" fn _start(x: u64) -> u64 { loop { step(x); } }
#[unsafe(no_mangle)] pub extern "C" fn nobody_calls_this(x: u64) -> u64 { step(x) }
`,
  ),
  'recipes/boot/src/aarch64.ld': `ENTRY(_start)
SECTIONS {
  . = 0x2000 + SIZEOF_HEADERS;
  . = ALIGN(4096);
  .text : { *(.text*) }
  .data : { *(.rodata*) *(.data*) *(.got*) *(.bss*) }
  /DISCARD/ : { *(.eh_frame*) *(.comment*) }
}
`,
  ...lone(
    'loader',
    '',
    'main.rs',
    `#![no_main]\n${CRATE_HEAD}extern crate nucleus;
use nucleus::*;
#[cfg(soft)] #[unsafe(no_mangle)] pub extern "C" fn efi_main(x: u64) -> u64 { step(x) }
`,
  ),
  ...lone('hello', '', 'main.rs', C_PROGRAM),
};

// Real cargo, rustc and lld.
describe.skipIf(!hasToolchain())('kinds of programs, with a real toolchain', () => {
  let location: Location;
  let workspace: TinyWorkspace;
  beforeAll(async () => {
    location = await testToolchain();
    workspace = await makeTinyWorkspace(location);
    for (const [path, text] of Object.entries(FILES)) await workspace.write(path, text);
  });
  afterAll(() => workspace?.remove());

  async function build(
    name: string,
    backend: Backend,
    more: Partial<BuildExecutorOptions>,
    options: BuildOptions = {},
  ) {
    const builder = new Builder(options);
    const all = tinyOptions(name, backend, {
      manifestPath: `recipes/${name}/Cargo.toml`,
      linkerScript: undefined,
      ...more,
    });
    return builder.build(await builder.prepare(buildTask(all, name, workspace.root)), silent);
  }
  const failure = (...args: Parameters<typeof build>) =>
    build(...args).then(() => expect.unreachable('the build should have failed'), formatError);

  describe('a bootstrap that is a static library', () => {
    const bootstrap = {
      kind: 'bootstrap',
      linkerScript: 'recipes/boot/src/{arch}.ld',
      stagePath: 'usr/lib/boot/bootstrap',
    } as const;

    it.each(['cranelift', 'llvm'] as const)(
      'is linked with its script by %s, whatever its profile says',
      async (backend) => {
        const artifact = await build('boot', backend, bootstrap);
        expect(artifact.crates).toEqual([
          { name: 'boot', version: '0.2.0', backend },
          { name: 'nucleus', version: '0.3.1', backend },
        ]);
        const linked = parseElf(await workspace.read(`dist/aarch64/${backend}/boot/debug/boot`));
        const names = linked.symbols().map(({ name }) => name);
        expect(names).toContain('_start');
        expect(names).not.toContain('nobody_calls_this');
        const staged = parseElf(await workspace.read(`dist/aarch64/${backend}/boot/stage/usr/lib/boot/bootstrap`));
        expect(staged.hasSymbols).toBe(false);
        expect(staged.entry).toBe(0x3000n);
        for (const load of staged.loads()) expect(load.virtualAddress - BigInt(load.offset)).toBe(0x2000n);
      },
    );

    it('says what is missing or wrong about the script', async () => {
      const none = await failure('boot', 'llvm', { ...bootstrap, linkerScript: undefined });
      expect(none).toContain('recipes/boot/Cargo.toml: boot: package "boot" is a static library');
      expect(none).toContain('`linker-script` in [nx]');
      await workspace.write('recipes/boot/src/broken.ld', 'SECTIONS {');
      const broken = await failure('boot', 'llvm', { ...bootstrap, linkerScript: 'recipes/boot/src/broken.ld' });
      expect(broken).toContain('recipes/boot/src/broken.ld: cannot link boot:');
      expect(broken).toMatch(/rust-lld: error: recipes\/boot\/src\/broken\.ld:\d+/);
    });
  });

  describe('a boot loader', () => {
    const uefi = { name: 'uefi', base: 'aarch64-unknown-uefi', changes: [] };
    const loader = {
      kind: 'bootloader',
      spec: uefi,
      sysrootPath: 'dist/{arch}/{backend}/toolchain/uefi',
      stagePath: 'usr/lib/boot/bootloader.efi',
    } as const;
    beforeAll(async () => {
      const { target, json } = await deriveSpec({ ...uefi, arch: 'aarch64', backend: 'llvm' }, location.rustcLlvm);
      expect(target).toBe('aarch64-unknown-uefi');
      const dir = 'dist/aarch64/llvm/toolchain/uefi';
      await workspace.write(`${dir}/${target}.json`, json);
      await workspace.write(`${dir}/sysroot/lib/.keep`, '');
      const sysroot = { target, backend: 'llvm', toolchain: '0123456789abcdef', crates: [] };
      await workspace.write(`${dir}/sysroot.json`, JSON.stringify(sysroot));
    });

    it('is a PE/COFF file, with a condition for every crate, and the same bytes every time', async () => {
      shown = '';
      const artifact = await build('loader', 'llvm', { ...loader, cfgs: ['soft'] });
      expect(shown).toBe('');
      const staged = 'dist/aarch64/llvm/loader/stage/usr/lib/boot/bootloader.efi';
      const first = await workspace.read(staged);
      const pe = parsePe(first);
      expect(pe).toMatchObject({ machine: 0xaa64, subsystem: 10 });
      expect(artifact.files).toEqual([
        {
          path: 'usr/lib/boot/bootloader.efi',
          size: first.length,
          blake3: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          pe: { machine: 'aarch64', entry: `0x${pe.entry.toString(16)}` },
        },
      ]);
      expect(artifact.crates).toEqual([
        { name: 'loader', version: '0.2.0', backend: 'llvm' },
        { name: 'nucleus', version: '0.3.1', backend: 'llvm' },
      ]);
      // A second later, and linked anew.
      await new Promise((done) => setTimeout(done, 1100));
      await workspace.write('recipes/loader/src/main.rs', `${FILES['recipes/loader/src/main.rs']}\n`);
      await build('loader', 'llvm', { ...loader, cfgs: ['soft'] });
      expect(await workspace.read(staged)).toEqual(first);
    });

    it('is refused without an entry point, and by Cranelift', async () => {
      expect(await failure('loader', 'llvm', loader)).toContain('could not compile loader');
      expect(await failure('loader', 'cranelift', loader)).toContain('Cranelift cannot make PE/COFF files');
    });
  });

  describe('crates of two backends', () => {
    const logd = { manifestPath: 'recipes/tiny/logd/Cargo.toml', linkerScript: 'recipes/tiny/program.ld' };

    it.each([
      ['cranelift', 'llvm'],
      ['llvm', 'cranelift'],
    ] as const)('are built by %s, and one by %s', async (backend, other) => {
      const artifact = await build('logd', backend, { ...logd, crateBackends: { nucleus: other } });
      expect(artifact).toMatchObject({
        backend,
        crates: [
          { name: 'logd', backend },
          { name: 'nucleus', backend: other },
        ],
      });
    });

    it('must be there', async () => {
      expect(await failure('logd', 'cranelift', { ...logd, crateBackends: { nuclear: 'llvm' } })).toContain(
        'logd has no crate "nuclear"',
      );
    });
  });

  describe('a program with a C library', () => {
    // No task has made it, so nothing says what it should be.
    const LIBC = 'libc/aarch64/cranelift/usr/lib';
    const hello = { libcPath: 'libc/{arch}/{backend}/usr/lib' };
    const compileLibc = (factor: number) => compileTinyC(workspace, location, LIBC, factor);

    it('names what is missing', async () => {
      const text = await failure('hello', 'cranelift', hello);
      expect(text).toContain(`${LIBC}: the C library that hello is linked with lacks libc.a, crt0.o, crti.o, crtn.o`);
    });

    it('starts where the library says, and is linked again when that changes', async () => {
      await compileLibc(0x1234);
      const artifact = await build('hello', 'cranelift', hello);
      expect(artifact.crates.map(({ backend }) => backend)).toEqual(['cranelift', 'cranelift']);
      expect(artifact.libc).toEqual(
        ['crt0_o', 'crti_o', 'crtn_o', 'libc_a'].map((name) => ({ name: `relibc_${name}`, backend: 'llvm' })),
      );
      const linked = parseElf(await workspace.read('dist/aarch64/cranelift/hello/debug/hello'));
      const address = (wanted: string) => linked.symbols().find(({ name }) => name === wanted)!.value;
      expect(linked.entry).toBe(address('_start'));
      // The order of .init and .fini in a program is that of the files.
      const order = ['_start', '_init', 'main', '_fini'].map(address);
      expect(order).toEqual([...order].sort((a, b) => Number(a - b)));

      await compileLibc(0x4321);
      const again = await build('hello', 'cranelift', hello);
      expect(again.files[0]?.blake3).not.toBe(artifact.files[0]?.blake3);
    });
  });

  it('asks for nasm before it compiles anything', async () => {
    const script = 'recipes/tiny/kernel/build.rs';
    const before = (await workspace.read(script)).toString();
    await workspace.write(script, 'fn main() { std::process::Command::new("nasm").status().unwrap(); }\n');
    const sysroot = 'dist/aarch64/llvm/toolchain/tiny';
    await workspace.write(
      'dist/x86_64/llvm/toolchain/tiny/sysroot.json',
      (await workspace.read(`${sysroot}/sysroot.json`)).toString(),
    );
    const env = { ...process.env, PATH: '/nowhere' };
    const options = { arch: 'x86_64', manifestPath: 'recipes/tiny/kernel/Cargo.toml' } as const;
    const text = await failure('kernel', 'llvm', options, { env });
    expect(text).toContain(
      `${script}: the build script of kernel needs nasm, which is not installed\n  → install nasm`,
    );
    await workspace.write(script, before);
  });
});
