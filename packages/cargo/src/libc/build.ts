import { readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { compileUnwind, UNWIND_CRATE, writeArchive } from '@nx-redox/front';
import { BACKEND_NAMES, otherBackend, UserError } from '@nx-redox/kit';
import { requireOwnCargoSettings } from '@nx-redox/toolchain';
import { crateEvidence } from '../backend-check';
import type { BuildOptions } from '../build';
import { type Reporter, runCargo } from '../cargo';
import { backendArguments, type Compilation } from '../command';
import { crateName } from '../crate-list';
import { cargoEnvironment } from '../environment';
import { requireCovered } from '../inputs/compare';
import type { InputsCheck } from '../inputs/coverage';
import { freshnessArguments, freshnessFlags, freshnessOf } from '../inputs/freshness';
import { collectReads } from '../inputs/reads';
import { type CargoManifest, packageNamed, readManifest } from '../manifest';
import { type ArtifactMessage, packageOf } from '../messages';
import { patchArguments, patchedLock } from '../patched-cargo-lock';
import { buildTools } from '../tools';
import { checkLibraries, type Library } from './backends';
import { isolateLibrary } from './isolate';
import { stageLibc, type LibcArtifact } from './stage';
import { startObject } from './start-object';
import type { LibcTask } from './task';

/** Libraries that programs name and relibc has all of, so that there is nothing in them. */
const EMPTY = ['libdl.a', 'libgcc.a', 'libm.a', 'libpthread.a', 'librt.a'];
/** What the standard library's crate `unwind` links: the first for static programs, the second for dynamic ones. */
const UNWINDERS = ['libgcc_eh.a', 'libgcc_s.a'];

/**
 * Builds a C library in one cargo run, each crate by its backend, and stages what programs are linked with: libc.a, the
 * start files, an unwinder that does nothing, and empty libraries for those that libc.a contains. The task's output folder
 * is replaced as a whole; it stays as it was if anything fails.
 *
 * @throws {CargoError} if cargo fails.
 * @throws {UserError} if a crate was compiled by another backend than it should be.
 */
export async function buildLibc(
  task: LibcTask,
  reporter: Reporter,
  { signal, color = false, env: userEnv = process.env }: BuildOptions = {},
  inputs?: InputsCheck,
): Promise<LibcArtifact> {
  const tools = await buildTools(task, userEnv);
  const settings = {
    toolchainEnv: tools.env,
    specDir: tools.specDir,
    rustflags: tools.rustflags,
    env: task.env,
    buildDir: tools.buildDir,
    targetDir: join(tools.buildDir, 'libraries', task.project),
  };
  const plainEnv = cargoEnvironment(userEnv, settings);
  const manifest = await readManifest(task, task.manifestPath, tools.cargo, plainEnv, signal);
  const cargoRoot = manifest.workspace_root;
  await requireOwnCargoSettings(cargoRoot, task.workspaceRoot, userEnv);
  const packages = [task.package, ...task.startFiles].map((name) => staticLibrary(manifest, name, task));
  const lock =
    task.patches.length === 0
      ? undefined
      : await patchedLock(
          { ...task, cargoRoot, lockRoot: cargoRoot, cargo: tools.cargo, env: plainEnv, signal },
          join(tools.buildDir, 'locks'),
        );
  const compilation: Compilation = {
    ...task,
    target: tools.target,
    cargoRoot,
    usedPatches: lock?.patches ?? [],
    freshness: await freshnessOf(task.workspaceRoot, task.manifestPath, task.reads),
    ...(lock === undefined ? {} : { lockFile: lock.file }),
  };
  const env = cargoEnvironment(userEnv, { ...settings, ...(lock === undefined ? {} : { lockFile: lock.file }) });
  const args = cargoArguments(compilation, packages, color);
  const cargo = await runCargo(compilation, tools.cargo, args, env, reporter, signal);
  const { artifacts } = cargo;

  const display = (path: string) => relative(task.workspaceRoot, path);
  const isForTarget = (path: string) => relative(tools.buildDir, path).split(sep).includes(tools.target);
  const libraries = await Promise.all(packages.map((found) => readLibrary(found, artifacts, display)));
  const unwind = await compileUnwind(
    {
      env,
      rustflags: [...tools.rustflags, `-Zcodegen-backend=${task.backend}`],
      target: tools.target,
      specDir: tools.specDir,
    },
    signal,
  );
  const crates = checkLibraries(task, await crateEvidence(artifacts, isForTarget, display), [
    ...libraries,
    { name: UNWIND_CRATE, version: '0.1.0', crate: UNWIND_CRATE, bytes: unwind.bytes, file: unwind.name },
  ]);
  const [libc, ...starts] = libraries as [Library, ...Library[]];
  const files = new Map<string, Uint8Array>(EMPTY.map((name) => [name, writeArchive([])]));
  for (const name of UNWINDERS) files.set(name, writeArchive([unwind]));
  files.set('libc.a', isolateLibrary(libc.bytes, libc.crate, libc.file).bytes);
  for (const { name, crate, bytes, file } of starts) {
    files.set(`${name}.o`, await startObject(bytes, crate, tools.linker, file, signal));
  }
  signal?.throwIfAborted();
  const artifact = await stageLibc(task, files, { target: tools.target, toolchain: tools.id, crates });
  if (inputs !== undefined) {
    const depsDir = join(tools.buildDir, tools.target, 'release/deps');
    const derived = [tools.buildDir, join(task.workspaceRoot, 'target/redox'), task.sysrootDir, ...tools.roots];
    const question = { project: task.project, workspaceRoot: task.workspaceRoot, derived, ...(await inputs()) };
    await requireCovered(
      question,
      await collectReads(cargo, { cargoRoot, workspaceRoot: task.workspaceRoot, depsDir, env }),
    );
  }
  return artifact;
}

/** What a build made, in one line. */
export function describeLibc({ project, backend, files, crates }: LibcArtifact): string {
  const other = otherBackend(backend);
  const size = files.find(({ path }) => basename(path) === 'libc.a')?.size ?? 0;
  const count = crates.filter((crate) => crate.backend === backend).length;
  const exceptions = crates.filter((crate) => crate.backend === other).map(({ name }) => name);
  const others = exceptions.length === 0 ? '' : `, by ${BACKEND_NAMES[other]}: ${exceptions.join(', ')}`;
  return `${project}: libc.a, ${(size / 1024).toFixed(0)} KiB, ${count} crates by ${BACKEND_NAMES[backend]}${others}\n`;
}

interface FoundLibrary {
  id: string;
  /** Name of the crate, as rustc knows it. */
  crate: string;
}

function staticLibrary(manifest: CargoManifest, name: string, task: LibcTask): FoundLibrary {
  const found = packageNamed(manifest, name, task);
  const library = found.targets.find(({ crate_types }) => crate_types.includes('staticlib'));
  if (!library) {
    throw new UserError(`package "${name}" is no static library`, {
      file: relative(task.workspaceRoot, task.manifestPath),
      advice: 'say crate-type = ["staticlib"] in the [lib] of its manifest',
    });
  }
  return { id: found.id, crate: crateName(library.name) };
}

/** Flags for the library's own crate; its build script gets them, too. */
function profileFlags({ package: name, rustflags, freshness = {} }: Compilation): string {
  const flags = [...rustflags, ...freshnessFlags(freshness, name)];
  return `profile.release.package.${JSON.stringify(name)}.rustflags=${JSON.stringify(flags)}`;
}

/** One `cargo build` for the library and its start files. */
function cargoArguments(task: Compilation, packages: readonly FoundLibrary[], color: boolean): string[] {
  const features = task.features.map((feature) => `${task.package}/${feature}`);
  return [
    ...['build', '--release', '--locked', '--lib', `--target=${task.target}`],
    ...[
      `--message-format=${color ? 'json-diagnostic-rendered-ansi' : 'json'}`,
      `--color=${color ? 'always' : 'never'}`,
    ],
    ...packages.map(({ id }) => `--package=${id}`),
    ...(task.defaultFeatures ? [] : ['--no-default-features']),
    ...(features.length > 0 ? [`--features=${features.join(',')}`] : []),
    ...(task.rustflags.length > 0 ? ['--config', profileFlags(task)] : []),
    ...freshnessArguments(task.freshness ?? {}, task.rustflags.length > 0 ? [task.package] : []),
    ...patchArguments(task.usedPatches),
    ...backendArguments(task),
  ];
}

async function readLibrary(
  { id, crate }: FoundLibrary,
  artifacts: readonly ArtifactMessage[],
  display: (path: string) => string,
): Promise<Library> {
  const own = artifacts.find(({ package_id, target }) => package_id === id && target.kind.includes('staticlib'));
  const path = own?.filenames.find((name) => name.endsWith('.a'));
  if (path === undefined) throw new UserError(`cargo named no static library of ${packageOf(id).name}`);
  return { ...packageOf(id), crate, bytes: await readFile(path), file: display(path) };
}
