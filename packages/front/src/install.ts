import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { shellQuote, writeFileWhole } from '@nx-redox/kit';
import { programFile } from '@nx-redox/kit/program';
import { type FrontSettings, placesOf } from './settings';
import { compilerStub, linkerStub, missingStub, toolStub } from './stubs/c';
import { rustcStub } from './stubs/rustc';

/** The driver, compiled: it is started thousands of times. */
const driverFile = (): string => programFile(join(__dirname, '../bin'), 'driver');

/** Programs that the driver takes the part of; the cookbook has two names for redoxer. */
const DRIVEN: Readonly<Record<string, string>> = {
  cargo: 'cargo',
  cbindgen: 'cbindgen',
  cookbook_redoxer: 'redoxer',
  redoxer: 'redoxer',
  rustup: 'rustup',
};

/** Names after the target's, of programs for C. */
const C_COMPILERS = ['gcc', 'cc', 'clang'];
const CXX_COMPILERS = ['g++', 'c++', 'clang++'];

/** Writes the folder of programs that scripts see first on their PATH, and the settings that those read. */
export async function installFront(settings: FrontSettings): Promise<void> {
  const places = placesOf(settings.dir);
  for (const folder of [places.bin, places.targets, places.fallbacks]) await mkdir(folder, { recursive: true });
  await rm(places.used, { recursive: true, force: true });
  await mkdir(places.used);
  await rm(places.runtime, { force: true });
  for (const file of [places.record, places.messages]) await writeFileWhole(file, '');
  for (const file of [places.missing, places.links, places.linkNotes]) await rm(file, { recursive: true, force: true });
  await mkdir(places.linkNotes);
  await writeFileWhole(places.settings, `${JSON.stringify(settings, null, 2)}\n`);
  const driver = [process.execPath, driverFile(), places.settings].map(shellQuote).join(' ');
  const stubs = new Map<string, string>();
  for (const [name, page] of Object.entries(DRIVEN)) stubs.set(name, `#!/bin/sh\nexec ${driver} ${page} "$@"\n`);
  stubs.set('rustc', rustcStub(settings, driver));
  for (const [name, text] of await cStubs(settings, driver)) stubs.set(`${settings.gnuTarget}-${name}`, text);
  for (const name of await readdir(places.bin)) if (!stubs.has(name)) await rm(join(places.bin, name));
  for (const [name, text] of stubs) await writeProgram(join(places.bin, name), text);
}

async function cStubs(settings: FrontSettings, driver: string): Promise<Map<string, string>> {
  const stubs = new Map<string, string>();
  const { c, rust, dir, gnuTarget } = settings;
  if (c.kind === 'prefix') {
    for (const name of await readdir(c.bin)) {
      if (!name.startsWith(`${gnuTarget}-`)) continue;
      stubs.set(name.slice(gnuTarget.length + 1), toolStub(settings, name, join(c.bin, name)));
    }
    return stubs;
  }
  const { programs } = c;
  const clang = programs['clang'];
  const compiler = clang === undefined ? missingStub(settings, 'clang') : compilerStub(settings, clang, driver);
  for (const name of C_COMPILERS) stubs.set(name, compiler);
  for (const name of CXX_COMPILERS) stubs.set(name, `#!/bin/sh\nexec ${driver} c++ "$@"\n`);
  const assembler = join(placesOf(dir).bin, `${gnuTarget}-gcc`);
  stubs.set('as', `#!/bin/sh\nexec ${shellQuote(assembler)} -c -x assembler "$@"\n`);
  stubs.set('ld', linkerStub(settings, rust.rustLld));
  for (const name of ['objcopy', 'strip']) stubs.set(name, await objcopyStub(settings, name));
  for (const name of ['ar', 'nm', 'objdump', 'ranlib', 'readelf']) {
    const path = programs[`llvm-${name}`];
    stubs.set(
      name,
      path === undefined ? missingStub(settings, `llvm-${name}`) : toolStub(settings, `llvm-${name}`, path),
    );
  }
  stubs.set('pkg-config', pkgConfigStub(settings));
  return stubs;
}

/** LLVM's objcopy, which the toolchain brings and which is strip if it is called so; else this machine's. */
async function objcopyStub(settings: FrontSettings, name: string): Promise<string> {
  const bin = await realpath(dirname(settings.rust.rustLld));
  const program = join(bin, 'rust-objcopy');
  // Four folders above it, in the release that it is part of, lies its library.
  const library = join(bin, '../../../../lib');
  const libraries = await readdir(library).catch((): string[] => []);
  if (existsSync(program) && libraries.some((file) => /^libLLVM\b.*\.(so|dylib)/.test(file))) {
    const link = join(settings.dir, `llvm-${name}`);
    await rm(link, { force: true });
    await symlink(program, link);
    const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
    return toolStub(settings, 'rust-objcopy', 'env', [`${variable}=${library}`, link]);
  }
  const path = settings.c.kind === 'llvm' ? settings.c.programs[`llvm-${name}`] : undefined;
  return path === undefined ? missingStub(settings, `llvm-${name}`) : toolStub(settings, `llvm-${name}`, path);
}

/** pkg-config that looks for the target's packages only. */
function pkgConfigStub({ sysrootDir }: FrontSettings): string {
  const folders = ['lib/pkgconfig', 'share/pkgconfig'].map((name) => join(sysrootDir, name)).join(':');
  return `#!/bin/sh
PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR=${shellQuote(folders)} PKG_CONFIG_SYSROOT_DIR=${shellQuote(sysrootDir)}
export PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
exec pkg-config "$@"
`;
}

/** A program that says the same is left alone: cargo asks a compiler anew that has another time stamp. */
async function writeProgram(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  await writeFileWhole(path, text, 0o755);
}
