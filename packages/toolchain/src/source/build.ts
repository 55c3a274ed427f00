import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createFileWhole, replaceDirectory, findProgram, run, UserError } from '@nx-redox/kit';
import { cargoBuild, cargoFetch, encodeRustflags } from '../cargo-build';
import { installScript } from '../complete';
import type { Home } from '../home';
import { RUST, RUST_VERSION_STRING, SOURCE_BUILD_REVISION } from '../pins';
import { cargoHome, remapFlags, withoutCompilerSettings } from '../settings';
import { lastLine, type StableRust } from '../stable';
import { unpackTar } from '../unpack';
import type { Work } from '../progress';
import { fetchSource } from './fetch-source';

const PATCH = resolve(__dirname, '../../assets/rustc-1.95.0-cranelift.patch');
const TOP = `rust-${RUST.version}-cranelift`;

/** The compiler, the standard library's source and the licences; the rest of the release is not needed. */
const NEEDED = /^(compiler|library|LICENSES)\/|^(Cargo\.(toml|lock)|COPYRIGHT|LICENSE-(APACHE|MIT))$/;

const NEEDED_PROGRAMS: Record<string, string> = {
  cc: 'a C compiler that links (Debian: apt-get install gcc)',
  strip: 'binutils (Debian: apt-get install binutils)',
  make: 'make, for jemalloc (Debian: apt-get install make)',
  git: 'git, which applies the patch (Debian: apt-get install git)',
  tar: 'tar (Debian: apt-get install tar)',
  xz: 'xz (Debian: apt-get install xz-utils)',
};

async function checkPrograms(): Promise<void> {
  const missing: string[] = [];
  for (const [name, advice] of Object.entries(NEEDED_PROGRAMS)) {
    if (!(await findProgram(name))) missing.push(`${name}: install ${advice}`);
  }
  if (missing.length > 0) {
    throw new UserError('programs are missing that building rustc needs', { advice: missing });
  }
}

/** Content of the workspace manifest with the compiler as its only member: the release lacks tools that it names. */
export function compilerOnly(manifest: string): string {
  const trimmed = manifest.replace(/^members = \[[^\]]*\]/m, 'members = ["compiler/rustc"]');
  if (trimmed === manifest) throw new UserError("rustc's Cargo.toml has no list of members as expected");
  return trimmed;
}

async function unpackSource(tar: string, source: string, work: Work): Promise<void> {
  await replaceDirectory(source, async (temporary) => {
    await unpackTar(tar, temporary, work, (path) => NEEDED.test(path));
    const manifest = join(temporary, 'Cargo.toml');
    await writeFile(manifest, compilerOnly(await readFile(manifest, 'utf8')));
    const patched = await run('git', ['apply', '--verbose', PATCH], {
      cwd: temporary,
      signal: work.signal,
      // The user's cache folder may lie inside a repository, which is none of our business.
      env: { GIT_CEILING_DIRECTORIES: resolve(temporary, '..'), GIT_DIR: undefined, GIT_WORK_TREE: undefined },
    });
    if (patched.exitCode !== 0) {
      throw new UserError(`the patch does not apply to rustc's source: ${lastLine(patched.stderr)}`, { file: PATCH });
    }
  });
}

/** The environment of both cargo runs. */
function buildEnvironment(stable: StableRust, work: string): Record<string, string | undefined> {
  return {
    ...withoutCompilerSettings(process.env),
    RUSTC: join(stable.root, 'bin/rustc'),
    RUSTC_BOOTSTRAP: '1',
    CARGO_PROFILE_RELEASE_DEBUG: '0',
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
    CARGO_PROFILE_RELEASE_INCREMENTAL: 'false',
    CARGO_PROFILE_RELEASE_STRIP: 'debuginfo',
    // With the very version of stable, its standard library and its crates can be used and mixed.
    CFG_RELEASE: RUST.version,
    CFG_RELEASE_CHANNEL: 'nightly',
    CFG_VERSION: RUST_VERSION_STRING,
    CFG_VER_HASH: RUST.commit,
    CFG_VER_DATE: RUST.date,
    CFG_DEFAULT_CODEGEN_BACKEND: 'cranelift',
    CFG_LIBDIR_RELATIVE: 'lib',
    CFG_COMPILER_HOST_TRIPLE: stable.host,
    RUSTC_INSTALL_BINDIR: 'bin',
    DOC_RUST_LANG_ORG_CHANNEL: 'https://doc.rust-lang.org/nightly',
    TMPDIR: work,
  };
}

/** Names a result: it changes with the release, the patch, the steps and the machine's triple. */
export async function sourceKey(host: string): Promise<string> {
  const patch = await readFile(PATCH);
  const hash = createHash('sha256')
    .update(JSON.stringify([RUST_VERSION_STRING, SOURCE_BUILD_REVISION, host]))
    .update(patch);
  return hash.digest('hex').slice(0, 16);
}

function archivePath(home: Home, host: string, key: string): string {
  return join(home.archives, `${TOP}-${host}-${key}.tar.xz`);
}

/** The archive that a finished source build for this machine has left; found without calling any program. */
export async function builtArchive(home: Home): Promise<string | undefined> {
  const cpu = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
  for (const name of await readdir(home.archives).catch((): string[] => [])) {
    const host = new RegExp(`^${TOP}-(${cpu}-.+)-[0-9a-f]{16}\\.tar\\.xz$`).exec(name)?.[1];
    if (host && join(home.archives, name) === archivePath(home, host, await sourceKey(host)))
      return join(home.archives, name);
  }
  return undefined;
}

async function pack(stage: string, archive: string, work: Work): Promise<void> {
  const progress = work.step('pack');
  await createFileWhole(archive, async (temporary) => {
    const result = await run(
      'tar',
      [
        '--create',
        '--file',
        temporary,
        '--use-compress-program',
        'xz -T0 -3',
        '--sort=name',
        '--owner=0',
        '--group=0',
        '--numeric-owner',
        '--mtime',
        `${RUST.date} 00:00:00Z`,
        '-C',
        stage,
        TOP,
      ],
      { signal: work.signal },
    );
    if (result.exitCode !== 0) throw new UserError(`tar cannot pack the toolchain: ${lastLine(result.stderr)}`);
  });
  progress.done(archive);
}

async function collect(
  stage: string,
  source: string,
  target: { rustc: string; backend: string },
  host: string,
  work: Work,
): Promise<void> {
  await replaceDirectory(stage, async (temporary) => {
    const root = join(temporary, TOP);
    const backends = join(root, 'lib/rustlib', host, 'codegen-backends');
    const library = join(root, 'lib/rustlib/src/rust');
    for (const dir of [join(root, 'bin'), backends, library]) await mkdir(dir, { recursive: true });
    await copyFile(join(target.rustc, 'release/rustc-main'), join(root, 'bin/rustc-cranelift'));
    await chmod(join(root, 'bin/rustc-cranelift'), 0o755);
    const strip = async (from: string, to: string) => {
      const result = await run('strip', ['--strip-unneeded', '-o', to, from], { signal: work.signal });
      if (result.exitCode !== 0) throw new UserError(`strip failed: ${lastLine(result.stderr)}`, { file: from });
    };
    await strip(join(target.rustc, 'release/librustc_driver.so'), join(root, 'lib/librustc_driver.so'));
    await strip(
      join(target.backend, 'release/librustc_codegen_cranelift.so'),
      join(backends, `librustc_codegen_cranelift-${RUST.version}.so`),
    );
    await cp(join(source, 'library'), join(library, 'library'), { recursive: true });
    for (const name of ['COPYRIGHT', 'LICENSE-APACHE', 'LICENSE-MIT'])
      await copyFile(join(source, name), join(root, name));
    await writeFile(join(root, 'install.sh'), installScript(host), { mode: 0o755 });
  });
}

/**
 * Builds the Cranelift half from rustc's source release and packs it as an archive like the ready-made one.
 * Takes about half an hour on 2 cores, 8 GB of disk and 4 GB of memory. It can be interrupted at any time;
 * the next call goes on from there. Returns the archive's path.
 *
 * @throws {UserError} if the machine cannot do it, the source cannot be had, or a step fails.
 */
export async function buildFromSource(
  home: Home,
  stable: StableRust,
  given: string | undefined,
  work: Work,
): Promise<string> {
  if (!/-unknown-linux-(gnu|musl)$/.test(stable.host)) {
    throw new UserError(`building rustc from source is only known to work on Linux, not on ${stable.host}`, {
      advice: 'use a container or virtual machine with Linux, or the rustup provider',
    });
  }
  await checkPrograms();

  const key = await sourceKey(stable.host);
  const archive = archivePath(home, stable.host, key);
  const folder = join(home.work, `source-${key}`);
  const source = join(folder, 'source');
  const target = { rustc: join(folder, 'rustc'), backend: join(folder, 'backend') };
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  if (!existsSync(source)) await unpackSource(await fetchSource(home.downloads, given, work), source, work);

  const environment = buildEnvironment(stable, temporary);
  const compile = async (
    label: string,
    crate: string,
    feature: string,
    env: Record<string, string>,
    flags: string[],
  ) => {
    const manifest = join(source, 'compiler', crate, 'Cargo.toml');
    const step = {
      label,
      cargo: join(stable.root, 'bin/cargo'),
      cwd: source,
      args: ['--release', '--manifest-path', manifest, '--features', feature],
      env: {
        ...environment,
        ...env,
        CARGO_ENCODED_RUSTFLAGS: encodeRustflags([
          ...flags,
          '--cap-lints=allow',
          ...remapFlags({ cargoHome: cargoHome(), workspaceRoot: folder }),
        ]),
      },
    };
    await cargoFetch(step, manifest, work);
    await cargoBuild(step, work);
  };
  // The compiler is quick enough at level 1, and built in two thirds of the time that level 2 takes.
  await compile(
    `rustc ${RUST.version}`,
    'rustc',
    'jemalloc',
    { CARGO_TARGET_DIR: target.rustc, CARGO_PROFILE_RELEASE_OPT_LEVEL: '1' },
    ['-Zthreads=2', '-Zon-broken-pipe=kill', '-Clink-args=-Wl,-rpath,$ORIGIN/../lib'],
  );
  await compile(
    'Cranelift backend',
    'rustc_codegen_cranelift',
    'inline_asm_sym',
    { CARGO_TARGET_DIR: target.backend, CARGO_PROFILE_RELEASE_OPT_LEVEL: '3' },
    [`-L${join(target.rustc, 'release/deps')}`, '-Clink-args=-Wl,-rpath,$ORIGIN/../../../'],
  );

  const stage = join(folder, 'stage');
  await collect(stage, source, target, stable.host, work);
  await pack(stage, archive, work);
  // The archive is all that is needed from now on; the build took gigabytes.
  await rm(folder, { recursive: true, force: true });
  return archive;
}
