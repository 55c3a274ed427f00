import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ElfSymbol, parseElf, producerOf, readAr } from '@nx-redox/binary';
import { type Backend, formatError, run } from '@nx-redox/kit';
import { type Location, rustLld } from '@nx-redox/toolchain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LibcExecutorOptions } from '../executors/libc/options';
import { addTinyLibc, tinyLibcOptions } from '../testing/tiny-libc';
import { hasToolchain, makeTinyWorkspace, testToolchain, type TinyWorkspace } from '../testing/tiny-workspace';
import { buildLibc } from './build';
import type { LibcArtifact } from './stage';
import { libcTask } from '../testing/tasks';

const silent = { progress: () => undefined, text: () => undefined };

// Real cargo, rustc and rust-lld: a library of three functions, so each build takes a fraction of a second.
describe.skipIf(!hasToolchain())('buildLibc, with a real toolchain', () => {
  let location: Location;
  let workspace: TinyWorkspace;
  let built: LibcArtifact;
  beforeAll(async () => {
    location = await testToolchain();
    workspace = await makeTinyWorkspace(location);
    await addTinyLibc(workspace, location);
    built = await build('cranelift');
  });
  afterAll(() => workspace?.remove());

  const build = (backend: Backend, more: Partial<LibcExecutorOptions> = {}) =>
    buildLibc(libcTask(tinyLibcOptions(backend, more), 'clib', workspace.root), silent);
  const failure = async (backend: Backend, more: Partial<LibcExecutorOptions>): Promise<string> => {
    try {
      await build(backend, more);
    } catch (error) {
      return formatError(error);
    }
    return expect.unreachable('the build should have failed');
  };
  const staged = (backend: Backend, name: string) =>
    workspace.read(`dist/aarch64/${backend}/clib/stage/usr/lib/${name}`);
  const defined = (bytes: Uint8Array): string[] =>
    parseElf(bytes)
      .symbols()
      .filter(({ name, binding, section }: ElfSymbol) => binding !== 0 && section !== 0 && name !== '')
      .map(({ name }) => name);
  /** Links everything in the files to one program, as nobody does: whatever is there twice is an error. */
  const linkAll = async (...files: Uint8Array[]) => {
    const folder = await mkdtemp(join(tmpdir(), 'nx-redox-link-'));
    try {
      const paths = files.map((_, index) => join(folder, `${index}.a`));
      await Promise.all(files.map((bytes, index) => writeFile(paths[index]!, bytes)));
      const args = ['-flavor', 'gnu', '-o', join(folder, 'program'), '--whole-archive', ...paths];
      return await run(await rustLld(location), args);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

  it('compiles each crate by its backend, in one build', async () => {
    expect(built.crates).toEqual([
      { name: 'clib', version: '0.2.5', backend: 'llvm' },
      { name: 'crt0', version: '0.1.0', backend: 'cranelift' },
      { name: 'seed', version: '0.1.0', backend: 'cranelift' },
      { name: 'unwind_stubs', version: '0.1.0', backend: 'cranelift' },
    ]);
    // The evidence is in the files: the members of libc.a say who compiled them.
    const units = producerOf(await staged('cranelift', 'libc.a')).units.map(({ crate, by }) => `${crate} ${by}`);
    expect(new Set(units)).toEqual(
      new Set(['clib llvm', 'compiler_builtins cranelift', 'core cranelift', 'seed cranelift']),
    );
  });

  it('compiles all of it by LLVM', async () => {
    const { crates, files } = await build('llvm');
    expect(new Set(crates.map(({ backend }) => backend))).toEqual(new Set(['llvm']));
    expect(files.map(({ path }) => path)).toEqual(
      [
        ...[
          'crt0.o',
          'libc.a',
          'libdl.a',
          'libgcc.a',
          'libgcc_eh.a',
          'libgcc_s.a',
          'libm.a',
          'libpthread.a',
          'librt.a',
        ],
      ].map((name) => `usr/lib/${name}`),
    );
  });

  it('hides what is not the C interface', async () => {
    const names = readAr(await staged('cranelift', 'libc.a')).flatMap(({ bytes }) => defined(bytes));
    expect(names).toContain('printf');
    expect(names).toContain('__udivti3');
    expect(names).toEqual(
      expect.arrayContaining(['__relibc_exported_helper', '__relibc___rust_alloc', '__relibc_floor']),
    );
    expect(names.filter((name) => /4seed|4core/.test(name) && !name.startsWith('__relibc_'))).toEqual([]);
  });

  it('links with a program that has the same crates', async () => {
    const made = await readdir(join(workspace.root, 'target/redox'), { recursive: true });
    const library = made.find((path) => path.startsWith('cranelift') && path.endsWith('/release/libclib.a'))!;
    const raw = await workspace.read(join('target/redox', library));
    const program = await staged('cranelift', 'crt0.o');
    expect((await linkAll(raw, program)).exitCode).toBe(0);
    // The same library twice is what a program with its own core and a libc.a with another one would be.
    const seed = readAr(raw).find(({ name }) => name.startsWith('seed'))!;
    expect((await linkAll(raw, program, seed.bytes)).stderr).toContain('duplicate symbol');
    expect(await linkAll(await staged('cranelift', 'libc.a'), program, seed.bytes)).toMatchObject({ exitCode: 0 });
  });

  it("joins the object files of a start file, whose substitutes stand in nobody's way", async () => {
    const names = defined(await staged('cranelift', 'crt0.o'));
    expect(names).toEqual(expect.arrayContaining(['_start', 'begin', '__crt_panic_handler']));
    expect(names).not.toContain('panic_handler');
  });

  it('has an unwinder for programs that abort', async () => {
    const [member] = readAr(await staged('cranelift', 'libgcc_eh.a'));
    expect(defined(member!.bytes)).toEqual(
      expect.arrayContaining(['_Unwind_Backtrace', '_Unwind_Resume', '_Unwind_GetIP']),
    );
    expect(await staged('cranelift', 'libgcc_s.a')).toEqual(await staged('cranelift', 'libgcc_eh.a'));
  });

  it('gives the same bytes in any folder', async () => {
    const other = await makeTinyWorkspace(location);
    try {
      await addTinyLibc(other, location);
      expect(await buildLibc(libcTask(tinyLibcOptions('cranelift'), 'clib', other.root), silent)).toEqual(built);
    } finally {
      await other.remove();
    }
  });

  it('says what Cranelift cannot compile, and keeps the old stage', async () => {
    const before = await staged('cranelift', 'libc.a');
    expect(await failure('cranelift', { crateBackends: {} })).toMatch(/could not compile clib/);
    expect(await staged('cranelift', 'libc.a')).toEqual(before);
  });

  it('gives the flags of the recipe to the library alone', async () => {
    const message = await failure('cranelift', { rustflags: ['--no-such-flag'] });
    expect(message).toContain('could not compile `clib`');
    expect(message).toContain('no-such-flag');
    expect(message).not.toContain('`seed`');
  });

  it.each([
    [{ package: 'glibc' }, /no package "glibc".*packages there: .*crt0/s],
    [{ startFiles: ['seed'] }, /package "seed" is no static library.*crate-type/s],
    [{ crateBackends: { clib: 'llvm', sed: 'llvm' } as const }, /there is no crate "sed" in this library/],
    [{ startFiles: ['../crt0'] }, /startFiles\[0\] is "\.\.\/crt0": no name of a package/],
  ])('refuses %j', async (more, message) => {
    expect(await failure('cranelift', more)).toMatch(message);
  });
});
