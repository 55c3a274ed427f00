import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import type { ElfKind } from '@nx-redox/bootcheck';
import { replaceDirectory, run, UserError } from '@nx-redox/kit';
import { formatDiagnostic, hasErrors } from '@nx-redox/kit/toml';
import { recipeScript, redoxTarget, scriptVariables, SHELL_MAIN } from '@nx-redox/recipe';
import { parseRecipe, type Recipe } from '@nx-redox/recipe/parse';
import { readLocation } from '@nx-redox/toolchain';
import { linkFlags } from '../command';
import { cargoEnvironment } from '../environment';
import { readLibc } from '../libc-link';
import { placeLinkerScript } from '../linker-script';
import { type ArtifactMessage, parseMessage } from '../messages';
import type { BuildTask } from '../task';
import { buildTools, type BuildTools } from '../tools';
import { cargoProgram, noCargoProgram } from './cargo-program';
import { bootWarnings, checkPrograms } from './check';
import { cleanEnvironment, scriptPath } from './environment';
import { explainFailure, type Failure, withRecipeLine } from './failure';
import { mergeStages } from './merge-stages';
import { findMissing, standIn } from './missing-tools';
import { CargoNoise } from './noise';
import { readStage, type ScriptArtifact, writeStage } from './stage';
import type { ScriptTask } from './task';
import { Work } from './work';

export interface ScriptOptions {
  signal?: AbortSignal;
  /** The user's environment. */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Builds a recipe by its script, checks what it has installed, and replaces the task's output folder; that stays as it
 * was if anything fails. After a failure the work folder stays for a look.
 *
 * @param show gets the script's output as it comes, and warnings.
 * @throws {UserError} naming the recipe and, if the script failed, its line in recipe.toml and the programs it lacks.
 */
export async function buildByScript(
  task: ScriptTask,
  show: (text: string) => void,
  { signal, env: user = process.env }: ScriptOptions = {},
): Promise<ScriptArtifact> {
  const { workspaceRoot, arch, name } = task;
  const file = relative(workspaceRoot, task.recipeFile);
  const text = await readFile(task.recipeFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot read the recipe: ${error.code ?? error.message}`, { file });
  });
  const { recipe, diagnostics } = parseRecipe(text, file);
  if (recipe === undefined || hasErrors(diagnostics)) {
    throw new UserError(`recipe ${name} has mistakes:\n${diagnostics.map(formatDiagnostic).join('\n')}`);
  }
  const script = recipeScript(recipe, text, file);
  if (/\s/.test(workspaceRoot) && ['configure', 'cmake', 'meson'].includes(recipe.build?.template ?? '')) {
    throw new UserError(
      `recipe ${name} cannot be built in a folder with a space in its name: compilers of C get their flags split at spaces`,
      { file, advice: `move the workspace, which is in ${workspaceRoot}` },
    );
  }
  const buildTask = asBuildTask(task, recipe);
  const tools = buildTask && (await buildTools(buildTask, user));
  const libc = buildTask && (await readLibc(buildTask));

  const work = new Work(task.workDir);
  await work.clear();
  for (const [stages, folder] of [
    [task.dependencies, work.sysroot],
    [task.hostDependencies, work.toolchain],
  ] as const) {
    for (const warning of await mergeStages(stages, folder, workspaceRoot)) show(`${name}: warning: ${warning}\n`);
  }
  const sourceDir = await provideSource(task, recipe, work);
  const target = redoxTarget(arch);
  const rustTarget = tools?.target ?? target;
  // Programs are in a folder with rustc's name of the target; scripts know the cookbook's.
  await mkdir(join(work.build, 'target', rustTarget), { recursive: true });
  if (rustTarget !== target) await symlink(rustTarget, join(work.build, 'target', target));

  const clean = cleanEnvironment(user);
  await writeFile(work.script, script.text);
  await writeProgram(
    work.cargo,
    tools === undefined || buildTask === undefined
      ? noCargoProgram()
      : cargoProgram({
          cargo: tools.cargo,
          rustTarget,
          cookbookTarget: target,
          messages: work.messages,
          env: cargoVariables(tools, clean, work),
          rustflags: [
            ...tools.rustflags,
            ...linkFlags({ libc, placedScript: await placeLinkerScript(buildTask, tools.linkerScriptDir) }),
            ...sourceFlags(task, sourceDir),
          ],
        }),
  );
  const variables = scriptVariables({
    name,
    arch,
    host: hostTriple(),
    rustTarget,
    recipeDir: dirname(task.recipeFile),
    workspaceRoot,
    buildDir: work.build,
    stageDir: work.stage,
    sourceDir,
    sysrootDir: work.sysroot,
    toolchainDir: work.toolchain,
    cargo: work.cargo,
    jobs: jobsOf(user),
    offline: [user.COOKBOOK_OFFLINE, user.CARGO_NET_OFFLINE].some((value) => value === 'true' || value === '1'),
    verbose: user.NX_VERBOSE_LOGGING === 'true',
  });
  const rust = tools && join((await readLocation(workspaceRoot)).root, 'bin');
  const PATH = scriptPath({ toolchain: work.toolchain, rust, user: user.PATH, standIns: work.standIns });
  for (const tool of await findMissing([variables.CC!, variables.CXX!], PATH)) {
    await writeProgram(join(work.standIns, tool), standIn(tool, work.missing));
  }

  const names = { scriptFile: work.script, file, lineOf: script.lineOf };
  const output: string[] = [];
  const noise = new CargoNoise();
  const result = await run('bash', ['-e', SHELL_MAIN], {
    cwd: work.build,
    env: {
      ...Object.fromEntries(Object.keys(process.env).map((variable) => [variable, undefined])),
      ...clean,
      ...variables,
      // Nightly's options, as in the cookbook, whose toolchain is one.
      ...(tools && { RUSTC_BOOTSTRAP: '1' }),
      ...(task.hostDependencies.length > 0 && { LD_LIBRARY_PATH: join(work.toolchain, 'usr/lib') }),
      PATH,
      NX_REDOX_SCRIPT: work.script,
      NX_REDOX_NOTES: work.notes,
    },
    signal,
    onLine: (line) => {
      output.push(line);
      if (output.length > 400) output.shift();
      const visible = noise.filter(line);
      if (visible !== undefined) show(`${withRecipeLine(visible, names)}\n`);
    },
  });
  if (result.exitCode !== 0) {
    const failure: Failure = {
      ...names,
      recipe: name,
      notesDir: work.notes,
      status: result.exitCode,
      signal: result.signal,
      gnuTarget: target,
      output,
      workDir: relative(workspaceRoot, work.root),
    };
    throw await explainFailure(failure);
  }

  const stage = await readStage(work.stage);
  if (stage.files.length === 0 && stage.links.length === 0) {
    show(`${name}: warning: the script has installed nothing into $COOKBOOK_STAGE\n`);
  }
  const rustCrates =
    tools === undefined
      ? { crates: [] }
      : await checkPrograms(task, tools, libc, stage, await readMessages(work.messages));
  for (const warning of bootWarnings(task, elfKind(recipe), stage)) show(`${warning}\n`);
  // There is no such note of a script that ended with `exit 0`.
  const keepSymbols = (await readFile(join(work.notes, 'nostrip'), 'utf8').catch(() => '')) !== '';
  signal?.throwIfAborted();
  let artifact: ScriptArtifact | undefined;
  await replaceDirectory(task.outputDir, async (dir) => {
    await mkdir(join(dir, 'stage'));
    artifact = {
      schema: 1,
      project: task.project,
      package: name,
      arch,
      backend: task.backend,
      target: rustTarget,
      toolchain: tools?.id ?? 'none',
      files: await writeStage(stage, dir, (path) => !keepSymbols && isStripped(path, elfKind(recipe))),
      links: stage.links,
      ...rustCrates,
    };
    await writeFile(join(dir, 'artifact.json'), `${JSON.stringify(artifact, null, 2)}\n`);
  });
  await rm(work.root, { recursive: true, force: true });
  return artifact!;
}

/** Files for boot loaders stay as the recipe has made them, symbols in files of their own too; all but its own product. */
function isStripped(path: string, kind: ElfKind): boolean {
  return !path.startsWith('usr/lib/boot/') || path === `usr/lib/boot/${kind}`;
}

/** What a build made, for people. */
export function describeScriptArtifact({ project, backend, files, crates }: ScriptArtifact): string {
  const label = backend === 'cranelift' ? 'Cranelift' : 'LLVM';
  const compiled = crates.filter((crate) => crate.backend === backend).length;
  const programs = files.filter(({ elf }) => elf !== undefined);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const rust = crates.length === 0 ? '' : `, ${compiled} ${compiled === 1 ? 'crate' : 'crates'} by ${label}`;
  return `${project}: ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${programs.length} of them ELF, ${(size / 1024).toFixed(0)} KiB${rust}\n`;
}

/** The task as the functions that prepare cargo for a single program take it. */
function asBuildTask(task: ScriptTask, recipe: Recipe): BuildTask | undefined {
  if (task.rust === undefined) return undefined;
  return {
    ...task,
    ...task.rust,
    manifestPath: join(task.sourceDir ?? dirname(task.recipeFile), 'Cargo.toml'),
    package: task.name,
    bin: task.name,
    kind: elfKind(recipe),
    features: [],
    defaultFeatures: true,
    rustflags: [],
    cfgs: [],
    crateBackends: {},
    patches: [],
    stagePath: '',
  };
}

function elfKind({ kind }: Recipe): ElfKind {
  return kind === 'kernel' || kind === 'bootstrap' ? kind : 'program';
}

/**
 * The folder that the script takes for its source. Scripts write into it, and a fetched tree has to stay what the lock
 * says: they get a copy. Cargo does not write there, and a source that is used in place may need what is around it.
 */
async function provideSource(task: ScriptTask, { source, build }: Recipe, work: Work): Promise<string | undefined> {
  if (task.sourceDir === undefined) return undefined;
  if (build?.template === 'cargo' || source === undefined || source.kind === 'path') return task.sourceDir;
  await cp(task.sourceDir, work.source, {
    recursive: true,
    verbatimSymlinks: true,
    // Makefiles compare time stamps.
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new UserError('the source of the recipe is missing', {
      file: relative(task.workspaceRoot, task.sourceDir!),
      advice: `npx nx run ${task.project}:fetch`,
    });
  });
  return work.source;
}

/** Keeps the name of a copied source's folder out of the bytes. */
function sourceFlags(task: ScriptTask, sourceDir: string | undefined): string[] {
  if (sourceDir === undefined || sourceDir === task.sourceDir) return [];
  const name = relative(task.workspaceRoot, task.sourceDir!).split(sep).join('/');
  return [`--remap-path-prefix=${sourceDir}=/workspace/${name}`];
}

/** What cargo for the target needs besides the script's environment; the flags come with each call. */
function cargoVariables(tools: BuildTools, clean: Record<string, string>, work: Work): Record<string, string> {
  const all = cargoEnvironment(clean, {
    toolchainEnv: tools.env,
    specDir: tools.specDir,
    rustflags: [],
    buildDir: tools.buildDir,
    targetDir: join(work.build, 'target'),
  });
  return Object.fromEntries(
    Object.entries(all).filter(
      (entry): entry is [string, string] =>
        // A script may choose another folder for programs.
        entry[1] !== undefined &&
        clean[entry[0]] !== entry[1] &&
        !['CARGO_ENCODED_RUSTFLAGS', 'CARGO_TARGET_DIR'].includes(entry[0]),
    ),
  );
}

async function writeProgram(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

function jobsOf(user: Readonly<Record<string, string | undefined>>): number {
  const wanted = Number(user.COOKBOOK_MAKE_JOBS ?? user.CARGO_BUILD_JOBS);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : availableParallelism();
}

/** This machine by the name of its Rust target. */
function hostTriple(): string {
  const arch = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
  return `${arch}-${process.platform === 'darwin' ? 'apple-darwin' : 'unknown-linux-gnu'}`;
}

async function readMessages(file: string): Promise<ArtifactMessage[]> {
  return (await readFile(file, 'utf8')).split('\n').flatMap((line) => {
    const message = parseMessage(line);
    return message?.reason === 'compiler-artifact' ? [message] : [];
  });
}
