import { createHash } from 'node:crypto';
import { join, relative, sep } from 'node:path';
import { UserError } from '@nx-redox/common';
import { producerOf, readElf } from '@nx-redox/elf';
import type { Artifact } from './artifact';
import { checkBackend, crateEvidence } from './backend-check';
import { checkBoot } from './boot-check';
import { CargoError, type Reporter, runCargo } from './cargo';
import { jointArguments, type PreparedTask, rustcArguments } from './command';
import { cargoEnvironment } from './environment';
import { placeLinkerScript } from './linker-script';
import { type CargoManifest, findBin, readManifest } from './manifest';
import { packageOf } from './messages';
import { stageProgram } from './stage';
import type { BuildTask } from './task';
import { type BuildTools, buildTools } from './tools';

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
    const manifest = await once(this.manifests, task.manifestPath, () =>
      readManifest(task, tools.cargo, this.environment(tools, task.project), this.signal),
    );
    const found = findBin(manifest, task);
    return {
      ...task,
      target: tools.target,
      cargoRoot: manifest.workspace_root,
      packageId: found.id,
      hasOtherBins: found.targets.filter(({ kind }) => kind.includes('bin')).length > 1,
      hasBuildScript: found.targets.some(({ kind }) => kind.includes('custom-build')),
      placedScript: await placeLinkerScript(task, tools.linkerScriptDir),
    };
  }

  /**
   * Compiles tasks of one group (see `jointGroups`) in one cargo run. What does not compile is left to
   * {@link build}, which says why.
   *
   * @throws {CargoError} if cargo fails before it compiles anything: a lock file, the network.
   */
  async compileTogether(tasks: readonly [PreparedTask, ...PreparedTask[]], reporter: Reporter): Promise<void> {
    const tools = await this.toolsOf(tasks[0]);
    const env = this.environment(tools, tasks.map(({ project }) => project).join(' '));
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
   * @throws {UserError} if another backend compiled any of it, or a boot-readiness rule is broken.
   */
  async build(task: PreparedTask, reporter: Reporter): Promise<Artifact> {
    const tools = await this.toolsOf(task);
    const env = this.environment(tools, task.project);
    const args = rustcArguments(task, this.color);
    const artifacts = await runCargo(task, tools.cargo, args, env, reporter, this.signal);
    const own = artifacts.find(
      ({ executable, target, package_id }) =>
        executable !== null && target.name === task.bin && target.kind.includes('bin') && package_id === task.packageId,
    );
    if (!own?.executable) {
      throw new UserError(`cargo named no program for bin "${task.bin}" of package "${task.package}"`);
    }
    const display = (path: string) => relative(task.workspaceRoot, path);
    const file = display(own.executable);
    const linked = await readElf(own.executable);
    const isForTarget = (name: string) => relative(tools.buildDir, name).split(sep).includes(task.target);
    const program = { ...packageOf(own.package_id), report: producerOf(linked.bytes, file), file };
    const evidence = await crateEvidence(artifacts, isForTarget, display);
    const crates = checkBackend(task.backend, evidence, program, task.bin.replaceAll('-', '_'));
    const warnings = checkBoot(linked, task.kind, task.arch, file);
    if (warnings !== '') reporter.text(warnings);
    this.signal?.throwIfAborted();
    return stageProgram(task, linked, crates, tools.id);
  }

  private toolsOf(task: BuildTask): Promise<BuildTools> {
    return once(this.tools, `${task.backend} ${task.sysrootDir}`, () => buildTools(task, this.env));
  }

  /** @param label what is built: two runs at the same time must not write the same programs. */
  private environment(tools: BuildTools, label: string): Record<string, string | undefined> {
    const name = createHash('sha256').update(label).digest('hex').slice(0, 16);
    return cargoEnvironment(this.env, {
      toolchainEnv: tools.env,
      specDir: tools.specDir,
      rustflags: tools.rustflags,
      buildDir: tools.buildDir,
      targetDir: join(tools.buildDir, 'programs', /^[\w.-]+$/.test(label) ? label : name),
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
