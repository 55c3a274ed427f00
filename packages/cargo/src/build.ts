import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { producerOf, readElf } from '@nx-redox/binary';
import { UserError } from '@nx-redox/kit';
import { requireOwnCargoSettings } from '@nx-redox/toolchain';
import type { Artifact } from './artifact';
import { checkBackend, crateEvidence, libcCrates, peCrates } from './backend-check';
import { checkBoot, readPe } from './boot-check';
import { requireBuildScriptPrograms } from './build-script-programs';
import { type CargoRun, type Reporter, runCargo } from './cargo';
import { CargoError } from './cargo-error';
import { jointArguments, type PreparedTask, rustcArguments } from './command';
import { cargoEnvironment } from './environment';
import { requireCovered } from './inputs/compare';
import type { InputsCheck } from './inputs/coverage';
import { freshnessOf } from './inputs/freshness';
import { collectReads } from './inputs/reads';
import { type LinkedLibc, readLibc } from './libc-link';
import { linkLibrary } from './link';
import { placeLinkerScript } from './linker-script';
import { type CargoManifest, findTarget, readManifest } from './manifest';
import { type ArtifactMessage, packageOf } from './messages';
import { type PatchedLock, patchedLock } from './patched-cargo-lock';
import { stageProgram } from './stage';
import type { BuildTask } from './task';
import { type BuildTools, buildTools } from './tools';
import { sliceWorkspace } from './workspace-slice';

export interface BuildOptions {
  signal?: AbortSignal;
  /** Whether diagnostics get colours. */
  color?: boolean;
  /** The user's environment. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** Prepares and builds tasks; what several of them need is read once. */
export class Builder {
  private readonly signal?: AbortSignal;
  private readonly color: boolean;
  private readonly env: Readonly<Record<string, string | undefined>>;
  private readonly tools = new Map<string, Promise<BuildTools>>();
  private readonly manifests = new Map<string, Promise<CargoManifest>>();
  private readonly locks = new Map<string, Promise<PatchedLock>>();
  private readonly libcs = new Map<string, Promise<LinkedLibc | undefined>>();

  constructor({ signal, color = false, env = process.env }: BuildOptions = {}) {
    this.signal = signal;
    this.color = color;
    this.env = env;
  }

  /**
   * Finds out what the task's command line needs.
   *
   * @throws {UserError} if toolchain, sysroot, manifest, package, bin or linker script is missing.
   */
  async prepare(task: BuildTask): Promise<PreparedTask> {
    const tools = await this.toolsOf(task);
    const env = this.environment(tools, task.project, task.env);
    const { source, manifest } = await this.manifestOf(task, tools, env);
    const { package: found, crateType, crate } = findTarget(manifest, task);
    const script = found.targets.find(({ kind }) => kind.includes('custom-build'));
    if (script) await requireBuildScriptPrograms(task, script.src_path, this.env);
    const lock = await this.lockOf(task, tools, env, source.workspace_root, manifest.workspace_root);
    await requireOwnCargoSettings(source.workspace_root, task.workspaceRoot, this.env);
    const placed = await placeLinkerScript(task, tools.linkerScriptDir, source.workspace_root);
    return {
      ...task,
      target: tools.target,
      cargoRoot: manifest.workspace_root,
      packageId: found.id,
      hasOtherBins: found.targets.filter(({ kind }) => kind.includes('bin')).length > 1,
      hasBuildScript: script !== undefined,
      crateType,
      crate,
      ...(placed === undefined ? {} : { placedScript: placed.path, scriptFiles: placed.files }),
      usedPatches: lock?.patches ?? [],
      freshness: await freshnessOf(task.workspaceRoot, found.manifest_path, task.reads),
      ...(lock === undefined ? {} : { lockFile: lock.file }),
      libc: await once(this.libcs, String(task.libcDir), () => readLibc(task)),
    };
  }

  /** The task's Cargo workspace as it is, and as it is built: without members that need other git repositories. */
  private async manifestOf(task: BuildTask, tools: BuildTools, env: Record<string, string | undefined>) {
    const read = (path: string) =>
      once(this.manifests, path, () => readManifest(task, path, tools.cargo, env, this.signal));
    const source = await read(task.manifestPath);
    const slice = await sliceWorkspace(task, source, join(tools.buildDir, 'workspaces'));
    return { source, manifest: slice === undefined ? source : await read(join(slice, 'Cargo.toml')) };
  }

  /** The lock file of a build that cannot use the source's own. */
  private async lockOf(
    task: BuildTask,
    tools: BuildTools,
    env: Record<string, string | undefined>,
    lockRoot: string,
    cargoRoot: string,
  ): Promise<PatchedLock | undefined> {
    if (task.patches.length === 0 && lockRoot === cargoRoot) return undefined;
    const key = JSON.stringify([cargoRoot, task.patches, tools.buildDir]);
    const request = { ...task, cargoRoot, lockRoot, cargo: tools.cargo, env, signal: this.signal };
    return once(this.locks, key, () => patchedLock(request, join(tools.buildDir, 'locks')));
  }

  /**
   * Compiles tasks of one group (see `jointGroups`) in one cargo run. What does not compile is left to
   * {@link build}, which says why.
   *
   * @throws {CargoError} if cargo fails before it compiles anything: a lock file, the network.
   */
  async compileTogether(tasks: readonly [PreparedTask, ...PreparedTask[]], reporter: Reporter): Promise<void> {
    const tools = await this.toolsOf(tasks[0]);
    const env = this.environment(tools, tasks.map(({ project }) => project).join(' '), tasks[0].env, tasks[0].lockFile);
    try {
      await runCargo(tasks[0], tools.cargo, jointArguments(tasks, this.color), env, reporter, this.signal);
    } catch (error) {
      if (!(error instanceof CargoError && error.reason === 'compile')) throw error;
    }
  }

  /**
   * Builds one program, checks it and replaces the task's output folder; that stays as it was if anything fails.
   *
   * @throws {CargoError} if cargo fails.
   * @param inputs what the hash of the task covers; undefined if nobody keeps the result under a hash.
   * @throws {UserError} if another backend compiled any of it, or a boot-readiness rule is broken; and if the result is
   *   there, but the hash lacks what was read.
   */
  async build(task: PreparedTask, reporter: Reporter, inputs?: InputsCheck): Promise<Artifact> {
    const { artifact, cargo } = await this.make(task, reporter);
    if (inputs !== undefined) await this.compareInputs(task, cargo, inputs);
    return artifact;
  }

  private async compareInputs(task: PreparedTask, run: CargoRun, inputs: InputsCheck): Promise<void> {
    const tools = await this.toolsOf(task);
    const { cargoRoot, workspaceRoot, project, target, sysrootDir, libcDir, scriptFiles = [] } = task;
    const place = {
      cargoRoot,
      workspaceRoot,
      depsDir: join(tools.buildDir, target, 'release/deps'),
      env: this.environment(tools, project, task.env, task.lockFile),
    };
    const reads = await collectReads(run, place);
    for (const file of scriptFiles) reads.files.set(file, 'the linker');
    const derived = [
      tools.buildDir,
      join(workspaceRoot, 'target/redox'),
      sysrootDir,
      libcDir ?? [],
      tools.roots,
    ].flat();
    await requireCovered({ project, workspaceRoot, derived, ...(await inputs()) }, reads);
  }

  private async make(task: PreparedTask, reporter: Reporter): Promise<{ artifact: Artifact; cargo: CargoRun }> {
    const tools = await this.toolsOf(task);
    const env = this.environment(tools, task.project, task.env, task.lockFile);
    const args = rustcArguments(task, this.color);
    const cargo = await runCargo(task, tools.cargo, args, env, reporter, this.signal);
    const { artifacts } = cargo;
    const display = (path: string) => relative(task.workspaceRoot, path);
    const made = await this.linkedFile(task, tools, artifacts);
    const file = display(made);
    const isForTarget = (name: string) => relative(tools.buildDir, name).split(sep).includes(task.target);
    const evidence = await crateEvidence(artifacts, isForTarget, display);
    const own = packageOf(task.packageId);
    if (task.kind === 'bootloader') {
      const pe = readPe(await readFile(made), task.arch, file);
      this.signal?.throwIfAborted();
      return { artifact: await stageProgram(task, pe, peCrates(task.backend, evidence, own), tools.id), cargo };
    }
    const linked = await readElf(made);
    const program = { ...own, report: producerOf(linked.bytes, file), file };
    const crates = checkBackend(task, evidence, program);
    const warnings = checkBoot(linked, task.kind, task.arch, file);
    if (warnings !== '') reporter.text(warnings);
    this.signal?.throwIfAborted();
    const libc = libcCrates(task.libc, program.report);
    return { artifact: await stageProgram(task, linked, crates, tools.id, libc), cargo };
  }

  /** The program that cargo has linked, or the static library that it has made, linked. */
  private async linkedFile(
    task: PreparedTask,
    tools: BuildTools,
    artifacts: readonly ArtifactMessage[],
  ): Promise<string> {
    const own = artifacts.filter(({ package_id }) => package_id === task.packageId);
    if (task.crateType === 'staticlib') {
      const library = own
        .filter(({ target }) => target.kind.includes('staticlib'))
        .flatMap(({ filenames }) => filenames.filter((name) => name.endsWith('.a')))[0];
      if (library === undefined) throw new UserError(`cargo named no static library of package "${task.package}"`);
      return linkLibrary(task, tools.linker, library, this.signal);
    }
    const program = own.find(
      ({ executable, target }) => executable && target.name === task.bin && target.kind.includes('bin'),
    );
    if (!program?.executable) {
      throw new UserError(`cargo named no program for bin "${task.bin}" of package "${task.package}"`);
    }
    return program.executable;
  }

  private toolsOf(task: BuildTask): Promise<BuildTools> {
    const { backend, sysrootDir, cfgs, crateBackends, libcDir, patches } = task;
    const key = JSON.stringify([backend, sysrootDir, cfgs, crateBackends, libcDir, patches.length > 0]);
    return once(this.tools, key, () => buildTools(task, this.env));
  }

  /** @param label what is built: two runs at the same time must not write the same programs. */
  private environment(
    tools: BuildTools,
    label: string,
    env: readonly string[],
    lockFile?: string,
  ): Record<string, string | undefined> {
    const name = hash('sha256', label, 'hex').slice(0, 16);
    return cargoEnvironment(this.env, {
      toolchainEnv: tools.env,
      specDir: tools.specDir,
      rustflags: tools.rustflags,
      buildDir: tools.buildDir,
      targetDir: join(tools.buildDir, 'programs', /^[\w.-]+$/.test(label) ? label : name),
      lockFile,
      env,
    });
  }
}

function once<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known) return known;
  const made = make();
  cache.set(key, made);
  return made;
}
