import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseElf, producerOf, readAr } from '@nx-redox/binary';
import { toolchainHome } from '@nx-redox/toolchain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KERNEL_FILES } from '../testing/kernel-recipe';
import { ScriptBench } from '../testing/script-bench';
import { hasToolchain, testToolchain } from '../testing/tiny-workspace';
import { describeScriptArtifact } from './build';

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

  it('is built with a stock toolchain, whose Cranelift has no `sym`: by LLVM where it must, and says so', async () => {
    // As the probe of such a toolchain leaves it, and as its Cranelift speaks.
    const location = await testToolchain();
    const home = await mkdtemp(join(tmpdir(), 'nx-redox-stock-'));
    const stock = join(home, 'rustc');
    const refuse = `grep -q 'asm!.*sym ' "$word" || continue
      echo 'error: asm! and global_asm! sym operands are not yet supported' >&2
      exit 1`;
    await writeFile(
      stock,
      `#!/bin/sh
case " $* " in *" -Zcodegen-backend=cranelift "*)
  for word do case $word in src/*.rs)
      ${refuse} ;;
  esac; done ;;
esac
exec ${location.rustc} "$@"
`,
      { mode: 0o755 },
    );
    // Standard libraries of the real toolchain, and decisions of its own.
    const sysroots = join(toolchainHome().root, 'sysroots');
    await mkdir(sysroots, { recursive: true });
    await symlink(sysroots, join(home, 'sysroots'));
    await bench.installToolchain({ ...location, rustc: stock }, { sym: false });
    try {
      const env = { ...process.env, REDOX_TOOLCHAIN_HOME: home };
      const built = await bench.build(
        'kernel',
        { backend: 'cranelift', sourcePath: 'recipes/kernel/source', clean: true, outputPath: 'dist/stock' },
        env,
      );
      expect(built.error === '' ? '' : built.output + built.error).toBe('');
      expect(built.artifact!.crates).toMatchObject([
        { name: 'kernel', backend: 'llvm', because: expect.stringContaining('sym operands are not yet supported') },
        { name: 'seed', backend: 'cranelift' },
      ]);
      expect(describeScriptArtifact(built.artifact!)).toContain(
        '1 crate by Cranelift, 1 by LLVM (kernel: uses `sym` in inline assembly',
      );
      const never = await bench.build(
        'kernel',
        {
          backend: 'cranelift',
          sourcePath: 'recipes/kernel/source',
          clean: true,
          outputPath: 'dist/stock',
          fallback: 'never',
        },
        env,
      );
      expect(never.error).toContain('Cranelift refuses crates of recipe kernel, and nothing else may compile them');
    } finally {
      await bench.installToolchain();
      await rm(home, { recursive: true });
    }
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

  it('compiles nothing a second time, though one call has build-std in a configuration file and another has not', async () => {
    const manifest = (name: string, more: string) =>
      `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2024"\n${more}`;
    const uses = '[dependencies]\nmac = { path = "../mac" }\n[workspace]\n';
    const files = {
      'mac/Cargo.toml': manifest('mac', '[lib]\nproc-macro = true\n'),
      'mac/src/lib.rs':
        'use proc_macro::TokenStream;\n#[proc_macro]\npub fn seven(_: TokenStream) -> TokenStream { "7".parse().unwrap() }\n',
      'one/Cargo.toml': manifest('one', uses),
      'one/src/lib.rs': '#![no_std]\npub fn one() -> u32 { mac::seven!() }\n',
      'two/Cargo.toml': manifest('two', uses),
      'two/src/lib.rs': '#![no_std]\npub fn two() -> u32 { mac::seven!() }\n',
      'two/.cargo/config.toml':
        '[unstable]\nbuild-std = ["core", "alloc"]\nbuild-std-features = ["compiler-builtins-mem"]\n',
    };
    for (const [path, text] of Object.entries(files)) await bench.write(`recipes/kernel/source/${path}`, text);
    const call = `--release --target-dir "$COOKBOOK_BUILD" --target "$COOKBOOK_SOURCE/targets/aarch64-unknown-kernel.json"`;
    await bench.write(
      'recipes/calls/recipe.toml',
      `[source]\ngit = "https://example.org/kernel.git"\n[build]\ntemplate = "custom"\nscript = '''
cd "$COOKBOOK_SOURCE/one"
cargo build ${call} -Z build-std=core,alloc -Z build-std-features=compiler-builtins-mem
cd ../two
cargo build ${call}
cp "$COOKBOOK_BUILD"/aarch64-unknown-kernel/release/lib{one,two}.rlib "$COOKBOOK_STAGE"
'''\n`,
    );
    const calls = () => bench.build('calls', { sourcePath: 'recipes/kernel/source', backend: 'cranelift' });
    const first = await calls();
    expect(first.error === '' ? '' : first.output + first.error).toBe('');
    expect(first.artifact?.crates.map(({ name }) => name)).toEqual(['one', 'two']);
    const second = await calls();
    expect(second.error).toBe('');
    expect(second.output).not.toContain('Compiling');
    expect(second.artifact).toEqual(first.artifact);
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

// A small C library: a crate with a variadic function, start files of assembly and Rust as one object each, a C file, cbindgen's place.
const LIBC_FILES: Readonly<Record<string, string>> = {
  'Cargo.toml': `[workspace]
members = ["libc", "crt0", "plain"]
resolver = "2"
[profile.release]
panic = "abort"
`,
  'Cargo.lock': `version = 4
[[package]]
name = "crt0"
version = "0.1.0"
[[package]]
name = "libc"
version = "0.2.5"
dependencies = ["plain"]
[[package]]
name = "plain"
version = "0.1.0"
`,
  'libc/Cargo.toml':
    '[package]\nname = "libc"\nversion = "0.2.5"\nedition = "2024"\n[lib]\ncrate-type = ["staticlib"]\n[dependencies]\nplain = { path = "../plain" }\n',
  'libc/src/lib.rs': `#![no_std]
#![feature(c_variadic)]
#[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
#[unsafe(no_mangle)] pub unsafe extern "C" fn printf(format: i32, _: ...) -> i32 { plain::twice(format) }
`,
  'plain/Cargo.toml': '[package]\nname = "plain"\nversion = "0.1.0"\nedition = "2024"\n',
  'plain/src/lib.rs': '#![no_std]\n#[inline(never)]\npub fn twice(x: i32) -> i32 { x.wrapping_mul(2) }\n',
  'crt0/Cargo.toml':
    '[package]\nname = "crt0"\nversion = "0.1.0"\nedition = "2024"\n[lib]\ncrate-type = ["staticlib"]\n',
  'crt0/src/lib.rs': `#![no_std]
core::arch::global_asm!(".globl _start", "_start:", "b begin");
unsafe extern "C" { fn main() -> i32; }
#[unsafe(no_mangle)] pub extern "C" fn begin() -> ! { unsafe { main(); } loop {} }
#[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
`,
  'add.c':
    'int printf(int, ...);\n#ifndef __redox__\n#error not Redox\n#endif\n#ifdef __linux__\n#error Linux\n#endif\nint add(int a) { return printf(a, 1, 2); }\n',
  'empty.c': 'void _init(void) {}\n',
};
const STD = '-Z build-std=core,alloc,compiler_builtins -Zbuild-std-features=compiler-builtins-mem';
const LIBC_SCRIPT = `cd "$COOKBOOK_SOURCE"
export CARGO="env -u CARGO cargo"
rustup install nightly
$CARGO rustc --release --manifest-path libc/Cargo.toml ${STD} --target=$TARGET -- --emit link="$COOKBOOK_BUILD/libc0.a"
$CARGO rustc --release --manifest-path crt0/Cargo.toml ${STD} --target=$TARGET -- --emit obj="$COOKBOOK_BUILD/crt0.o" -C panic=abort
cd "$COOKBOOK_BUILD"
$GNU_TARGET-gcc -O2 -c "$COOKBOOK_SOURCE"/add.c -o add.o
$GNU_TARGET-gcc -O2 -c "$COOKBOOK_SOURCE"/empty.c -o crti.o
cp crti.o crtn.o; $GNU_TARGET-objcopy --redefine-sym _init=_fini crtn.o
$GNU_TARGET-ar rcs libadd.a add.o
printf 'create libc.a\\naddlib libc0.a\\naddlib libadd.a\\nsave\\nend\\n' | $GNU_TARGET-ar -M
$GNU_TARGET-objcopy --keep-global-symbol=_start crt0.o
$GNU_TARGET-nm crt0.o >/dev/null
mkdir -p "$COOKBOOK_STAGE"/usr/lib "$COOKBOOK_STAGE"/usr/include
cp libc.a crt0.o crti.o crtn.o "$COOKBOOK_STAGE"/usr/lib
ln -s crt0.o "$COOKBOOK_STAGE"/usr/lib/Scrt1.o
echo 'int printf(int, ...); int add(int);' >"$COOKBOOK_STAGE"/usr/include/add.h
`;

describe.skipIf(!hasToolchain())('a C library in upstream’s form', { timeout: MINUTES }, () => {
  let bench: ScriptBench;
  beforeAll(async () => {
    bench = new ScriptBench(await mkdtemp(join(tmpdir(), 'nx-redox-front-')));
    await bench.installToolchain();
    for (const [path, text] of Object.entries(LIBC_FILES)) await bench.write(`recipes/libc/source/${path}`, text);
    const recipe = `[source]\ngit = "https://example.org/libc.git"\n[build]\ntemplate = "custom"\nscript = '''\n${LIBC_SCRIPT}'''\n`;
    await bench.write('recipes/libc/recipe.toml', recipe);
  });
  afterAll(() => rm(bench.root, { recursive: true, force: true }));
  const build = (more: object = {}) =>
    bench.build('libc', { sourcePath: 'recipes/libc/source', backend: 'cranelift', ...more });

  it('has what Cranelift refuses compiled by LLVM, with the reason, and C by clang', async () => {
    const { error, output, artifact, staged } = await build();
    expect(error === '' ? '' : output + error).toBe('');
    expect(artifact?.crates).toEqual([
      {
        name: 'crt0',
        version: '0.1.0',
        backend: 'llvm',
        because: expect.stringContaining('multiple .o files') as string,
      },
      {
        name: 'libc',
        version: '0.2.5',
        backend: 'llvm',
        because: 'defines variadic functions: Defining variadic functions is not yet supported by Cranelift',
      },
      { name: 'plain', version: '0.1.0', backend: 'cranelift' },
    ]);
    expect(describeScriptArtifact(artifact!)).toContain(
      ', 1 crate by Cranelift, 2 by LLVM (crt0: is to be one object file',
    );
    const start = parseElf(await readFile(staged('usr/lib/crt0.o')));
    expect(start.symbols().map(({ name }) => name)).toEqual(expect.arrayContaining(['_start', 'begin']));
    const names = readAr(await readFile(staged('usr/lib/libc.a'))).map(({ name }) => name);
    expect(names).toContain('add.o');
    expect(artifact?.reads.some(({ what, name }) => what === 'program' && /^clang: .*\d+\.\d+/.test(name))).toBe(true);
    // The second time nothing is tried in vain.
    const again = await build();
    expect(again.error).toBe('');
    expect(again.artifact).toEqual(artifact);
  });

  it('fails if nothing but Cranelift may compile, and says why', async () => {
    const { error } = await build({ fallback: 'never', outputPath: 'dist/never' });
    expect(error).toMatch(
      /Cranelift refuses crates of recipe libc, and nothing else may compile them:\n {2}libc: defines variadic/,
    );
    expect(error).toContain('fallback = "known"');
  });

  it('links C programs, and refuses C++ with the two ways out', async () => {
    await build();
    const more = { backend: 'cranelift' as const, libcPath: 'dist/aarch64/cranelift/libc/stage' };
    await bench.write('recipes/c/main.c', '#include <add.h>\nint main(void) { return add(1); }\n');
    const { error, output, artifact } = await bench.custom(
      'c',
      '$CC $LDFLAGS "$COOKBOOK_RECIPE"/main.c -o main\ninstall -D main "$COOKBOOK_STAGE"/usr/bin/main\n',
      more,
    );
    expect(error === '' ? '' : output + error).toBe('');
    expect(artifact?.files).toMatchObject([{ path: 'usr/bin/main', elf: { type: 'EXEC', machine: 'aarch64' } }]);
    const cxx = await bench.custom('cxx', '$CXX x.cc -o x\n', more);
    expect(cxx.output).toContain('recipe cxx compiles C++, and there is no C++ library for Redox here');
    expect(cxx.output).toMatch(/make prefix ARCH=aarch64[^]*cxx = "ignore"/);
  });

  it('links a shared library whose conditional branches would not reach its PLT', async () => {
    await build();
    const assembly =
      '.text\n.globl near, far\n.type near,@function\nnear: ret\nfar: cbz x1, near\n ret\n.space 0x180000\n';
    await bench.write('recipes/so/far.s', assembly);
    const { error, output, staged } = await bench.custom(
      'so',
      '$CC -shared -nostdlib "$COOKBOOK_RECIPE"/far.s -o libfar.so\ninstall -D libfar.so "$COOKBOOK_STAGE"/usr/lib/libfar.so\n',
      { backend: 'cranelift', libcPath: 'dist/aarch64/cranelift/libc/stage' },
    );
    expect(error === '' ? '' : output + error).toBe('');
    expect(output).toContain('warning: conditional branches cannot leave this library');
    expect(parseElf(await readFile(staged('usr/lib/libfar.so'))).type).toBe(3);
  });

  it('keeps scripts from writing outside their stage, and tells what a program of Redox needs', async () => {
    const { error } = await bench.custom('stray', 'echo >"$COOKBOOK_RECIPE"/left-behind\n');
    expect(error).toContain('the script of recipe stray has written outside its stage: recipes/stray/left-behind');
    expect(error).toContain('edited it yourself');
    const { output } = await bench.custom(
      'none',
      '"$COOKBOOK_CARGO" build --manifest-path "$COOKBOOK_ROOT"/recipes/libc/source/plain/Cargo.toml\n',
    );
    expect(output).toContain('recipe none compiles for Redox with std, which needs a C library, and it has none');
    const exec = await bench.custom('exec', 'redoxer exec true\n');
    expect(exec.output).toContain('redoxer exec starts a program in Redox, which a build does not');
  });

  it('refuses what a Makefile has compiled past the programs in front', async () => {
    const { rustcLlvm } = await testToolchain();
    await bench.write(
      'recipes/past/main.rs',
      `#![feature(no_core, lang_items)]
#![no_core]
#[lang = "pointee_sized"] trait PointeeSized {}
#[lang = "meta_sized"] trait MetaSized: PointeeSized {}
#[lang = "sized"] trait Sized: MetaSized {}
#[unsafe(no_mangle)] extern "C" fn _start() {}
`,
    );
    await bench.write(
      'recipes/past/Makefile',
      `CARGO ?= cargo
install:
\tRUSTC_BOOTSTRAP=1 ${rustcLlvm} --target aarch64-unknown-none --crate-type lib --emit obj=past.o "$(SRC)/main.rs"
\t$(GNU_TARGET)-ld past.o -o past
\tinstall -D past "$(DESTDIR)/usr/bin/past"
`,
    );
    const script = 'make -f "$COOKBOOK_RECIPE"/Makefile install SRC="$COOKBOOK_RECIPE" DESTDIR="$COOKBOOK_STAGE"\n';
    const { error } = await bench.custom('past', script, { backend: 'cranelift' });
    expect(error).toMatch(
      /recipe past was to be compiled by Cranelift, but LLVM compiled, without a known reason:\n.*usr\/bin\/past/,
    );
    expect(error).toContain('→ compile with cargo, rustc or redoxer as they are on PATH');
  });

  it('leaves calls for this machine alone', async () => {
    const { error, output, artifact, read } = await bench.custom(
      'host',
      `mkdir -p tool/src
echo 'fn main() { println!("from here"); }' >tool/src/main.rs
printf '[package]\\nname = "tool"\\nedition = "2024"\\n[workspace]\\n' >tool/Cargo.toml
cargo run --quiet --manifest-path tool/Cargo.toml >said
install -D said "$COOKBOOK_STAGE"/etc/said
`,
    );
    expect(error === '' ? '' : output + error).toBe('');
    expect(await read('etc/said')).toBe('from here\n');
    expect(artifact?.calls).toEqual([]);
  });
});
