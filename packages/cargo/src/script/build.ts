import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type FrontRecord, frontVersion, prepareFront, readFront } from '@nx-redox/front';
import {
  type Backend,
  BACKEND_NAMES,
  onlyVariables,
  otherBackend,
  outsideEnvironment,
  replaceDirectory,
  run,
  UserError,
  withMutex,
} from '@nx-redox/kit';
import { formatDiagnostic, hasErrors } from '@nx-redox/kit/toml';
import { recipeScript, redoxTarget, requireWholeSource, scriptVariables, SHELL_MAIN } from '@nx-redox/recipe';
import { parseRecipe, type Recipe } from '@nx-redox/recipe/parse';
import { readIdentity, requireOwnCargoSettings } from '@nx-redox/toolchain';
import { checkBudget } from '../budget';
import { readLibc } from '../libc-link';
import type { InputsCheck } from '../inputs/coverage';
import { type ArtifactMessage, parseMessage, type ScriptMessage } from '../messages';
import { bootWarnings, checkPrograms, isStripped } from './check';
import { scriptPath } from './environment';
import { explainFailure, type Failure, withRecipeLine } from './failure';
import { hostTriple } from './host';
import { mergeStages } from './merge-stages';
import { CargoNoise } from './noise';
import { keepPrograms } from './keep-programs';
import { dropUnusedLibraries } from './prune';
import { compareScriptReads, userVariables } from './reads';
import { describeRecord } from './record';
import { copySource } from './source-copy';
import { readStage, type ScriptArtifact, writeStage } from './stage';
import type { ScriptTask } from './task';
import { Work } from './work';
import { checkWritten, listWritable } from './written';

export interface ScriptOptions {
  signal?: AbortSignal;
  /** The user's environment. */
  env?: Readonly<Record<string, string | undefined>>;
  /** What the hash of the task covers; undefined if nobody keeps the result under a hash. */
  inputs?: InputsCheck;
}

/**
 * Builds a recipe by its script, checks what it has installed, and replaces the task's output folder; that stays as it
 * was if anything fails. The work folder stays: the next build goes on from what cargo has compiled.
 *
 * @param show gets the script's output as it comes, and warnings.
 * @throws {UserError} naming the recipe and, if the script failed, its line in recipe.toml and the programs it lacks;
 *   and if the result is there, but the hash lacks what was read.
 */
export async function buildByScript(
  task: ScriptTask,
  show: (text: string) => void,
  options: ScriptOptions = {},
): Promise<ScriptArtifact> {
  // Two runs of nx may want the same recipe, and its work folder is one.
  const { signal } = options;
  const waiting = (line: string) => show(`${line}\n`);
  return withMutex(`${task.workDir}.lock`, { signal, waiting }, () => build(task, show, options));
}

async function build(
  task: ScriptTask,
  show: (text: string) => void,
  { signal, env: user = process.env, inputs }: ScriptOptions,
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
  const libcDir = libcFolder(task);
  const libc = await readLibc({ ...task, libcDir });
  const work = new Work(task.workDir);
  await work.renew(JSON.stringify([await frontVersion(), (await readIdentity(workspaceRoot)).id]), task.clean);
  for (const [stages, folder] of [
    [task.dependencies, work.sysroot],
    [task.hostDependencies, work.toolchain],
  ] as const) {
    for (const warning of await mergeStages(stages, folder, workspaceRoot)) show(`${name}: warning: ${warning}\n`);
  }
  const { sourceDir, beyond } = await provideSource(task, recipe, work);
  await requireOwnCargoSettings(sourceDir ?? work.build, workspaceRoot, user);
  const before = listWritable(task);
  const wanted = [...(recipe.nx.env ?? []), ...task.env];

  const clean = outsideEnvironment(user, wanted);
  await writeFile(work.script, script.text);
  const target = redoxTarget(arch);
  const front = await prepareFront({
    recipe: name,
    recipeFile: file,
    workspaceRoot,
    arch,
    gnuTarget: target,
    host: hostTriple(),
    backend: task.backend,
    fallback: task.fallback,
    ...(libcDir === undefined || libc === undefined ? {} : { libc: { dir: libcDir, hash: libc.hash } }),
    sysrootDir: work.sysroot,
    remap: remapOf(task, sourceDir),
    dir: work.front,
    verbose: user.NX_VERBOSE_LOGGING === 'true',
    env: { ...process.env, ...user },
  });
  const variables = scriptVariables({
    name,
    arch,
    host: hostTriple(),
    isForHost: task.isForHost,
    recipeDir: dirname(task.recipeFile),
    workspaceRoot,
    buildDir: work.build,
    stageDir: work.stage,
    sourceDir,
    sysrootDir: work.sysroot,
    toolchainDir: work.toolchain,
    cargo: join(front.bin, 'cookbook_redoxer'),
    jobs: jobsOf(user),
    offline: [user.COOKBOOK_OFFLINE, user.CARGO_NET_OFFLINE].some((value) => value === 'true' || value === '1'),
    verbose: user.NX_VERBOSE_LOGGING === 'true',
  });
  const { c } = front.settings;
  if (c.kind === 'prefix') variables.COOKBOOK_HOST_SYSROOT = dirname(c.bin);
  const rust = join(front.settings.rust.location.root, 'bin');
  const PATH = scriptPath({ front: front.bin, toolchain: work.toolchain, rust, user: user.PATH });

  const names = { scriptFile: work.script, file, lineOf: script.lineOf };
  const output: string[] = [];
  const noise = new CargoNoise();
  const isCopy = copiesPrefix(recipe, script.text) && c.kind !== 'prefix';
  if (isCopy) {
    show(
      `${name}: warning: its files come from a cross compiler in prefix/${target}, and there is none: nothing is staged\n`,
    );
  }
  const running = run('bash', isCopy ? ['-c', ':'] : ['-e', SHELL_MAIN], {
    cwd: work.build,
    env: onlyVariables({
      ...clean,
      ...variables,
      ...(task.hostDependencies.length > 0 && { LD_LIBRARY_PATH: join(work.toolchain, 'usr/lib') }),
      PATH,
      NX_REDOX_SCRIPT: work.script,
      NX_REDOX_NOTES: work.notes,
    }),
    signal,
    onLine: (line) => {
      output.push(line);
      if (output.length > 400) output.shift();
      const visible = noise.filter(line);
      if (visible !== undefined) show(`${withRecipeLine(visible, names)}\n`);
    },
  });
  void startAhead(() => libc?.units);
  const covered = inputs === undefined ? undefined : startAhead(inputs);
  const result = await running;
  const record = await readFront(front.settings);
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
      record,
    };
    throw await explainFailure(failure);
  }
  checkWritten(task, before, listWritable(task));

  const stage = await readStage(work.stage);
  if (!isCopy && stage.files.length === 0 && stage.links.length === 0) {
    show(`${name}: warning: the script has installed nothing into $COOKBOOK_STAGE\n`);
  }
  const { artifacts: messages, scripts } = readMessages(record);
  const rustCrates = task.isForHost ? { crates: [] } : await checkPrograms(task, record, libc, stage, messages);
  if (!task.isForHost) for (const warning of bootWarnings(task, stage)) show(`${warning}\n`);
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
      target: task.isForHost ? hostTriple() : target,
      toolchain: front.settings.rust.identity.id,
      files: await writeStage(stage, dir, (path) => !keepSymbols && !task.isForHost && isStripped(path)),
      links: stage.links,
      ...rustCrates,
      programs: await keepPrograms({ dir, stage, record, messages }),
      ...describeRecord(record, [
        [work.root, '{work}'],
        [workspaceRoot, '{workspace}'],
        [front.settings.home, '{home}'],
        [front.settings.rust.location.root, '{toolchain}'],
      ]),
    };
    await checkBudget({ ...task, budget: recipe.nx.budget?.[task.backend], file }, artifact.files);
    await writeFile(join(dir, 'artifact.json'), `${JSON.stringify(artifact, null, 2)}\n`);
  });
  await dropUnusedLibraries(new Set(messages.flatMap(({ filenames }) => filenames)));
  if (covered !== undefined) {
    const { settings } = front;
    const from = userVariables(user, wanted, { ...variables, PATH });
    await compareScriptReads(
      task,
      { settings, record, artifacts: messages, scripts, user: from, beyond },
      () => covered,
    );
  }
  return artifact!;
}

/** Asks while this process waits for something else. What goes wrong is said to whoever waits for the answer. */
function startAhead<T>(ask: () => T | Promise<T>): Promise<T> {
  const answer = setImmediate().then(ask);
  answer.catch(() => undefined);
  return answer;
}

/** What a build made, for people. */
export function describeScriptArtifact({ project, backend, files, crates }: ScriptArtifact): string {
  const programs = files.filter(({ elf }) => elf !== undefined);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return `${project}: ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${programs.length} of them ELF, ${(size / 1024).toFixed(0)} KiB${describeCrates(backend, crates)}\n`;
}

/** `, 26 crates by Cranelift, 1 by LLVM (relibc: defines variadic functions)`. */
function describeCrates(backend: Backend, crates: ScriptArtifact['crates']): string {
  if (crates.length === 0) return '';
  const other = otherBackend(backend);
  const own = crates.filter((crate) => crate.backend === backend).length;
  const others = crates.filter((crate) => crate.backend === other);
  const reasons = new Map<string, string[]>();
  for (const { name, because = '' } of others) {
    const reason = because.replace(/: .*$/s, '');
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  const listed = [...reasons].map(([reason, names]) => `${names.join(', ')}: ${reason}`);
  return `, ${own} ${own === 1 ? 'crate' : 'crates'} by ${BACKEND_NAMES[backend]}${others.length === 0 ? '' : `, ${others.length} by ${BACKEND_NAMES[other]} (${listed.join('; ')})`}`;
}

/** The folder with libc.a: the option's, or the one in the stage that it names. */
function libcFolder({ libcDir }: ScriptTask): string | undefined {
  if (libcDir === undefined) return undefined;
  const inStage = join(libcDir, 'usr/lib');
  return existsSync(inStage) ? inStage : libcDir;
}

/** The folder that a script takes for its source, and links that lead out of the original. */
interface Provided {
  sourceDir: string | undefined;
  beyond: ReadonlyMap<string, string>;
}

/**
 * The folder that the script takes for its source. Scripts write into it, and a fetched tree has to stay what the lock
 * says: they get a copy. A folder of the
 * workspace is used in place, since it may need what is around it.
 */
async function provideSource(task: ScriptTask, { source }: Recipe, work: Work): Promise<Provided> {
  const hasNone = task.isCheckout && source === undefined;
  if (task.sourceDir === undefined || hasNone) return { sourceDir: undefined, beyond: new Map() };
  if (source === undefined || source.kind === 'path') return { sourceDir: task.sourceDir, beyond: new Map() };
  if (!existsSync(task.sourceDir)) {
    throw new UserError('the source of the recipe is missing', {
      file: relative(task.workspaceRoot, task.sourceDir),
      advice: `npx nx run ${task.project}:fetch`,
    });
  }
  const shown = relative(task.workspaceRoot, task.sourceDir).split(sep).join('/');
  await requireWholeSource(task.sourceDir, shown, relative(task.workspaceRoot, task.recipeFile));
  const beyond = await copySource(task.sourceDir, work.source, join(work.root, 'source.json'));
  return { sourceDir: work.source, beyond };
}

/** Whether a recipe builds nothing and takes files of the cross compiler, as those of GCC's own libraries do. */
function copiesPrefix({ source }: Recipe, script: string): boolean {
  return source === undefined && /\bCOOKBOOK_HOST_SYSROOT\b/.test(script);
}

/** Names of folders in compiled programs: a copied source is called as its original. */
function remapOf(task: ScriptTask, sourceDir: string | undefined): [string, string][] {
  const { workspaceRoot } = task;
  const pairs: [string, string][] = [[workspaceRoot, '/workspace']];
  if (sourceDir !== undefined && sourceDir !== task.sourceDir) {
    pairs.push([sourceDir, `/workspace/${relative(workspaceRoot, task.sourceDir!).split(sep).join('/')}`]);
  }
  return pairs;
}

function jobsOf(user: Readonly<Record<string, string | undefined>>): number {
  const wanted = Number(user.COOKBOOK_MAKE_JOBS ?? user.CARGO_BUILD_JOBS);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : availableParallelism();
}

function readMessages({ messages }: FrontRecord): { artifacts: ArtifactMessage[]; scripts: ScriptMessage[] } {
  const all = messages.flatMap((line) => parseMessage(line) ?? []);
  return {
    artifacts: all.filter((message) => message.reason === 'compiler-artifact'),
    scripts: all.filter((message) => message.reason === 'build-script-executed'),
  };
}
