import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseElf, producerOf } from '@nx-redox/binary';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KERNEL_FILES } from '../testing/kernel-recipe';
import { ScriptBench } from '../testing/script-bench';
import { hasToolchain } from '../testing/tiny-workspace';

// The standard library of a target is compiled once, when it is wanted first, and kept for the user.
const MINUTES = 10 * 60_000;

describe.skipIf(!hasToolchain())('a kernel in upstream’s form', { timeout: MINUTES }, () => {
  let bench: ScriptBench;
  beforeAll(async () => {
    bench = new ScriptBench(await mkdtemp(join(tmpdir(), 'nx-redox-front-')));
    await bench.installToolchain();
    for (const [path, text] of Object.entries(KERNEL_FILES)) await bench.write(path, text);
  });
  afterAll(() => rm(bench.root, { recursive: true, force: true }));
  const build = (more: object = {}) => bench.build('kernel', { sourcePath: 'recipes/kernel/source', ...more });
  const KERNEL = 'usr/lib/boot/kernel';

  it.each(['cranelift', 'llvm'] as const)('is built by %s as its Makefile says', async (backend) => {
    const { error, output, artifact, staged } = await build({ backend });
    expect(error === '' ? '' : output + error).toBe('');
    expect(artifact?.files.map(({ path }) => path)).toEqual([KERNEL, `${KERNEL}.sym`]);
    expect(artifact?.crates).toEqual([
      { name: 'kernel', version: '0.5.12', backend },
      { name: 'seed', version: '0.1.0', backend },
    ]);
    const kernel = parseElf(await readFile(staged(`${KERNEL}.sym`)));
    expect(kernel.symbols().find(({ name }) => name === 'kstart')?.value).toBe(kernel.entry);
    expect(producerOf(kernel.bytes).producer).toBe(backend);
    const [call] = artifact!.calls;
    expect(call!.before).toContain('--target');
    expect(call!.after.slice(0, 4)).toEqual(['cargo', 'rustc', '--target', 'aarch64-unknown-kernel']);
    expect(call!.after.join(' ')).not.toMatch(/build-std|json-target-spec/);
    expect(call!.changes.map(({ what }) => what).join('\n')).toMatch(
      /aarch64-unknown-kernel as aarch64-unknown-kernel-[0-9a-f]{8}/,
    );
    expect(artifact!.reads).toContainEqual({ what: 'file', name: '{work}/source/targets/aarch64-unknown-kernel.json' });
    expect(JSON.stringify(artifact)).not.toContain(bench.root);
    expect(existsSync(join(bench.root, 'recipes/kernel/source/config.toml'))).toBe(false);
  });

  it('has one object file where one is asked for, though Cranelift makes two of assembly and Rust', async () => {
    const text = KERNEL_FILES['recipes/kernel/recipe.toml']!;
    const call = `cd "$COOKBOOK_SOURCE"
cargo rustc --manifest-path crt/Cargo.toml --target "$COOKBOOK_SOURCE/targets/aarch64-unknown-kernel.json" --release \\
  -Z build-std=core,alloc -Zbuild-std-features=compiler-builtins-mem -- --emit obj="$COOKBOOK_STAGE/crt0.o"
`;
    await bench.write(
      'recipes/crt/recipe.toml',
      text.replace(/(script = ''')[^']*(''')/, (_, before, after) => `${before}\n${call}${after}`),
    );
    await bench.write(
      'recipes/kernel/source/crt/Cargo.toml',
      '[package]\nname = "crt"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n',
    );
    await bench.write(
      'recipes/kernel/source/crt/src/lib.rs',
      `#![no_std]
core::arch::global_asm!(".globl _start", "_start:", "b begin");
#[unsafe(no_mangle)]
pub extern "C" fn begin(by: u64) -> u64 { by + 1 }
`,
    );
    const { error, artifact, staged } = await bench.build('crt', {
      backend: 'cranelift',
      sourcePath: 'recipes/kernel/source',
    });
    expect(error).toBe('');
    const names = parseElf(await readFile(staged('crt0.o')))
      .symbols()
      .map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['_start', 'begin']));
    expect(artifact!.crates).toMatchObject([{ name: 'crt', backend: 'llvm' }]);
    expect(JSON.stringify(artifact!.crates)).toContain('is to be one object file');
  });

  it('gives the same bytes whether it begins anew or goes on, and compiles only what was edited', async () => {
    const lib = 'recipes/kernel/source/seed/src/lib.rs';
    const main = 'recipes/kernel/source/src/main.rs';
    await bench.write(lib, KERNEL_FILES[lib]!.replace('by * 2', 'by * 3'));
    await bench.write(main, `${KERNEL_FILES[main]!}\n// edited\n`);
    const kept = await build({ backend: 'cranelift' });
    expect(kept.error).toBe('');
    const bytes = await readFile(kept.staged(`${KERNEL}.sym`));
    await bench.write(main, KERNEL_FILES[main]!);
    const again = await build({ backend: 'cranelift' });
    expect(again.output).toContain('Compiling kernel');
    expect(again.output).not.toContain('Compiling seed');
    await bench.write(main, `${KERNEL_FILES[main]!}\n// edited\n`);
    const clean = await build({ backend: 'cranelift', clean: true });
    expect(clean.error).toBe('');
    expect(clean.output).toContain('Compiling seed');
    expect((await readFile(clean.staged(`${KERNEL}.sym`))).equals(bytes)).toBe(true);
    expect(await readdir(join(clean.task.workDir, 'build'))).not.toContain('kernel.old');
  });
});
