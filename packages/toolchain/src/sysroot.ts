import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { producerOf } from '@nx-redox/binary';
import { type Backend, replaceDirectory, sha256File, UserError } from '@nx-redox/kit';
import { cargoBuild, encodeRustflags } from './cargo-build';
import type { Identity } from './identity/record';
import type { Location } from './location';
import { requireOwnCargoSettings } from './cargo-settings';
import { cargoHome, remapFlags, requireBackend, rustcSettings } from './settings';
import { deriveSpec, type SpecOptions } from './specs/derive';
import type { Work } from './progress';

export interface SysrootOptions {
  location: Location;
  identity: Pick<Identity, 'id' | 'commit' | 'capabilities'>;
  /** As rustc calls it; a boot loader's may be none that systems are built for. */
  arch: string;
  backend: Backend;
  spec: SpecOptions;
  /** Crates of the standard library; what they depend on comes along. */
  crates: readonly string[];
  /** Whether std and panic_abort belong to it: for programs that are linked with a C library, which has memcpy, too. */
  std?: boolean;
  /** Whether compiler_builtins brings memcpy and its like; by default where there is no std, which has a C library's. */
  mem?: boolean;
  /** Whether core and alloc choose small algorithms instead of fast ones (their feature `optimize_for_size`). */
  small?: boolean;
  /** Absolute path of the folder to make. */
  outputPath: string;
}

/** One crate of the standard library in a sysroot. */
export interface SysrootCrate {
  name: string;
  /** File name of its rlib. */
  file: string;
  /** Bytes. */
  size: number;
  sha256: string;
  /** Who compiled it, read from its object files; `none` if it has no code of its own. */
  backend: Backend | 'none';
  /** How many of its object files are assembly, which LLVM assembles for both backends. */
  assembly: number;
}

/** `sysroot.json`. */
export interface SysrootRecord {
  schema: 1;
  target: string;
  arch: string;
  backend: Backend;
  spec: { name: string; base: string; changes: readonly string[]; explanation: string[] };
  /** Identity of the toolchain that compiled it. */
  toolchain: string;
  small?: true;
  crates: SysrootCrate[];
}

/** What programs with the standard library are linked with; as nothing unwinds, panics end in panic_abort. */
const STD_CRATES = ['std', 'panic_abort'];

/** The workspace of the standard library, which rust-src brings with its lock file. */
function librarySource(location: Location, crates: readonly string[]): string {
  const library = location.rustSrc && join(location.rustSrc, 'library');
  if (!library || !existsSync(join(library, 'Cargo.lock'))) {
    throw new UserError(`the toolchain in ${location.root} lacks the standard library's source`, {
      advice: 'add it (rustup component add rust-src) or use the archive, which has it',
    });
  }
  for (const crate of crates) {
    if (!/^[a-z_]+$/.test(crate) || !existsSync(join(library, crate, 'Cargo.toml'))) {
      throw new UserError(`the standard library has no crate "${crate}"`, { advice: 'usual are: core, alloc' });
    }
  }
  return library;
}

/** Describes an rlib by what is in it, and refuses one that another backend compiled. */
async function describeCrate(name: string, path: string, backend: Backend): Promise<SysrootCrate> {
  const bytes = await readFile(path);
  const report = producerOf(bytes, path);
  const foreign = report.units.filter((unit) => unit.by !== backend && unit.by !== 'assembly');
  if (foreign.length > 0) {
    throw new UserError(
      `the crate ${name} of the standard library was compiled by ${report.producer}, not by ${backend}`,
      {
        file: path,
        advice: `object files: ${foreign
          .map((unit) => unit.name)
          .slice(0, 3)
          .join(', ')}`,
      },
    );
  }
  return {
    name,
    file: basename(path),
    size: (await stat(path)).size,
    sha256: await sha256File(path),
    backend: report.units.some((unit) => unit.by === backend) ? backend : 'none',
    assembly: report.units.filter((unit) => unit.by === 'assembly').length,
  };
}

/**
 * Compiles the standard library once for a spec and a backend. The folder then holds `<target>.json`,
 * `sysroot/lib/rustlib/<target>/lib/*.rlib` and `sysroot.json`; the same inputs give the same bytes in any folder.
 *
 * The library's own workspace is built, as Rust's build system does it: with cargo's -Z build-std the crates' metadata
 * would depend on where the toolchain is installed.
 *
 * @throws {UserError} if the toolchain lacks the backend or the source, or a crate does not compile.
 */
export async function buildSysroot(options: SysrootOptions, work: Work): Promise<SysrootRecord> {
  const { location, identity, arch, backend, spec, std = false, mem = !std, small = false, outputPath } = options;
  const crates = [...new Set([...options.crates, ...(std ? STD_CRATES : [])])];
  const features = [
    ...(mem ? ['compiler_builtins/mem'] : []),
    ...(small ? ['core/optimize_for_size', 'alloc/optimize_for_size'] : []),
  ];
  requireBackend(location, identity, backend);
  if (backend === 'cranelift' && /-(uefi|windows)(-|$)/.test(spec.base)) {
    throw new UserError(`spec "${spec.name}": Cranelift cannot compile for ${spec.base}, whose files are PE/COFF`, {
      advice: 'say `use = "llvm"` for the components of this spec in [backend] of system.toml',
    });
  }
  const settings = rustcSettings(location, backend);
  const library = librarySource(location, crates);
  const derived = await deriveSpec({ ...spec, arch, backend }, location.rustcLlvm, work.signal);
  const { target } = derived;

  const folder = await mkdtemp(join(tmpdir(), 'nx-redox-sysroot-'));
  try {
    await requireOwnCargoSettings(folder, folder);
    await writeFile(join(folder, `${target}.json`), derived.json);
    const built = await cargoBuild(
      {
        label: `standard library for ${target} (${backend})`,
        cargo: settings.cargo,
        cwd: folder,
        args: [
          '--release',
          '--locked',
          ...['--manifest-path', join(library, 'Cargo.toml')],
          ...['--target', target],
          ...['compiler_builtins', ...crates].flatMap((crate) => ['--package', crate]),
          ...(features.length > 0 ? ['--features', features.join(',')] : []),
        ],
        env: {
          ...settings.env,
          RUST_TARGET_PATH: folder,
          CARGO_TARGET_DIR: join(folder, 'target'),
          CARGO_ENCODED_RUSTFLAGS: encodeRustflags([
            ...settings.rustflags,
            // Items without a stability attribute are private to the standard library, as in an official one.
            '-Zforce-unstable-if-unmarked',
            // A C library in Rust holds core, too, as another crate than its programs do: objects of one crate, of which
            // a script has renamed some symbols, could not be linked together.
            ...(std ? ['-Cmetadata=std'] : []),
            ...remapFlags({
              cargoHome: cargoHome(),
              rustSrc: location.rustSrc,
              commit: identity.commit,
              workspaceRoot: folder,
            }),
          ]),
        },
      },
      work,
    );

    const forTarget = join(folder, 'target', target);
    const rlibs = built.flatMap(({ name, files }) =>
      files.filter((file) => file.endsWith('.rlib') && file.startsWith(forTarget)).map((file) => ({ name, file })),
    );
    const described = await Promise.all(rlibs.map(({ name, file }) => describeCrate(name, file, backend)));
    const record: SysrootRecord = {
      schema: 1,
      target,
      arch,
      backend,
      spec: { name: spec.name, base: spec.base, changes: spec.changes, explanation: derived.explanation },
      toolchain: identity.id,
      ...(small ? { small } : {}),
      crates: described.sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
    await replaceDirectory(outputPath, async (temporary) => {
      const lib = join(temporary, 'sysroot/lib/rustlib', target, 'lib');
      await mkdir(lib, { recursive: true });
      for (const { file } of rlibs) await copyFile(file, join(lib, basename(file)));
      await writeFile(join(temporary, `${target}.json`), derived.json);
      await writeFile(join(temporary, 'sysroot.json'), `${JSON.stringify(record, undefined, 2)}\n`);
    });
    return record;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
