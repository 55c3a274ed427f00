import { mkdtemp, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { blake3Hex, run, UserError, writeFileWhole } from '@nx-redox/common';
import { parseCargoLock } from '../cargo-lock';
import { pinOf } from '../lock/check';
import { readLock } from '../lock/lock-file';
import { git } from '../sources/git';
import { loadRecipe, sourceOf, type LoadedRecipe, type SourcePlan } from '../sources/load';
import { prepareTree, type Pin as SourcePin } from '../sources/prepare';
import { redact } from '../sources/redact';
import { TREE_NAME } from '../sources/state';
import { sourceTask, type SourceTask } from '../sources/task';
import type { DoctorFinding, DoctorReport } from './doctor';
import { checkLock } from './lock-rules';
import { pinCommand, type Pin } from './pins';
import { addPatch } from './recipe-edit';
import { areCompatible } from './version';

/** What was done for one recipe. */
export interface Fix {
  /** Folder of the recipe. */
  recipe: string;
  /** The patch that was written, relative to the workspace root; undefined if nothing could be done. */
  patch?: string;
  pins: Pin[];
  /** The lock files that the patch mends, relative to the workspace root. */
  mended: string[];
  /** What its reader should know or do. */
  said: string[];
}

/**
 * Writes the changes of lock files that mend findings as patches of the recipes whose sources they are in, and adds
 * them to `patches` in recipe.toml. Cargo makes the change in a fresh copy of the source, the result is examined, and
 * the patch is tried as the next fetch will. A source that is used in place is left alone.
 *
 * @throws {UserError} if a fresh copy cannot be made, or cargo is missing; recipes are whole then, mended or not.
 */
export async function fixVersions(
  workspaceRoot: string,
  { findings }: Pick<DoctorReport, 'findings'>,
  task: SourceTask = sourceTask(),
): Promise<Fix[]> {
  const byRecipe = new Map<string, DoctorFinding[]>();
  for (const finding of findings) {
    if (finding.fix === undefined) continue;
    byRecipe.set(finding.recipe, [...(byRecipe.get(finding.recipe) ?? []), finding]);
  }
  const fixes: Fix[] = [];
  for (const [dir, found] of byRecipe) fixes.push(await fixRecipe(workspaceRoot, dir, found, task));
  return fixes;
}

async function fixRecipe(
  workspaceRoot: string,
  dir: string,
  findings: readonly DoctorFinding[],
  task: SourceTask,
): Promise<Fix> {
  const recipe = await loadRecipe(workspaceRoot, dir);
  const source = await sourceOf(recipe);
  if (source.kind !== 'fetched') return { recipe: dir, pins: [], mended: [], said: [...new Set(findings.map(byHand))] };
  const lock = await readLock(recipe);
  const pin = lock === undefined ? undefined : pinOf(lock);
  if (pin === undefined) {
    throw new UserError('there is no recipe.lock, so it is not known what a patch has to be made for', {
      file: recipe.file,
      advice: 'run update-lock first',
    });
  }
  const scratch = await mkdtemp(join(tmpdir(), 'nx-redox-doctor-'));
  try {
    return await fixFetched({ workspaceRoot, recipe, plan: source.plan, pin, task, scratch }, findings);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What to do where nothing of ours may write. */
function byHand({ file, fix }: DoctorFinding): string {
  return [
    `${file} lies in this workspace and is used in place; change it there, and commit it:`,
    ...(fix?.choices[0] ?? []).map((pin) => `  (cd ${posix.dirname(file)} && ${pinCommand(pin)})`),
  ].join('\n');
}

interface Work {
  workspaceRoot: string;
  recipe: LoadedRecipe;
  plan: SourcePlan;
  pin: SourcePin;
  task: SourceTask;
  scratch: string;
}

async function fixFetched(work: Work, findings: readonly DoctorFinding[]): Promise<Fix> {
  const { recipe, plan, pin, task, scratch, workspaceRoot } = work;
  const tree = join(scratch, 'tree');
  await prepareTree(task, plan, pin, tree);
  const pins: Pin[] = [];
  const said: string[] = [];
  const changed: string[] = [];
  const mended: string[] = [];
  for (const file of new Set(findings.map((finding) => finding.file))) {
    const path = posix.relative(posix.join(recipe.dir, TREE_NAME), file);
    const before = await readFile(join(tree, path), 'utf8').catch(() => undefined);
    if (before === undefined || before !== (await readFile(join(workspaceRoot, file), 'utf8'))) {
      said.push(`${file} is not the one that recipe.lock names: fetch it, or keep your own changes as a patch, first`);
      continue;
    }
    const choices = findings.find((finding) => finding.file === file)?.fix?.choices ?? [];
    const result = await applyFirst(work, tree, path, before, choices);
    if (Array.isArray(result)) {
      pins.push(...result);
      changed.push(path);
      mended.push(file);
      await write(join(scratch, 'a', path), before);
      await write(join(scratch, 'b', path), await readFile(join(tree, path), 'utf8'));
    } else {
      said.push(`${file} cannot be mended by its lock file alone:\n${result.refused}`);
    }
  }
  if (changed.length === 0) return { recipe: recipe.dir, pins, mended, said };
  const name = await patchName(recipe.path, plan, pins);
  const patch = posix.join(recipe.dir, name);
  const recipeText = await readFile(join(workspaceRoot, recipe.file), 'utf8');
  const edited = addPatch(recipeText, recipe.file, name);
  await writePatch(work, name, await diffText(work, pins), changed);
  await writeFileWhole(join(workspaceRoot, recipe.file), edited);
  said.push(
    `now run update-lock with --keep for ${recipe.name}, and for the recipes with same_as it: the source is fetched with the patch then`,
  );
  return { recipe: recipe.dir, patch, pins, mended, said };
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Makes the first choice that cargo takes and that mends the lock file; otherwise says why none does. */
async function applyFirst(
  work: Work,
  tree: string,
  path: string,
  before: string,
  choices: readonly Pin[][],
): Promise<Pin[] | { refused: string }> {
  const file = join(tree, path);
  const refused: string[] = [];
  for (const choice of choices) {
    await writeFile(file, before);
    const error = await applyPins(work, dirname(file), choice);
    if (error !== undefined) {
      refused.push(error);
      continue;
    }
    const left = mixesIn(await readFile(file, 'utf8'), path);
    if (left.length < mixesIn(before, path).length) return choice;
    refused.push(`after ${choice.map(pinCommand).join(', ')}: ${left[0]?.message ?? ''}`);
  }
  await writeFile(file, before);
  return { refused: refused.map((text) => `  ${text.replaceAll('\n', '\n  ')}`).join('\n') };
}

function mixesIn(text: string, file: string) {
  return checkLock(text, file, { linksLibc: false, replaced: new Set() }).filter(
    ({ rule }) => rule === 'mixed-syscall',
  );
}

/** Runs cargo for each pin, in the order in which requirements between them allow it. @returns why it refused. */
async function applyPins(work: Work, dir: string, pins: readonly Pin[]): Promise<string | undefined> {
  let waiting = [...pins];
  while (waiting.length > 0) {
    const refused: { pin: Pin; error: string }[] = [];
    for (const pin of waiting) {
      const error = await applyPin(work, dir, pin);
      if (error !== undefined) refused.push({ pin, error: `${pinCommand(pin)}: ${error}` });
    }
    if (refused.length === waiting.length) return refused.map(({ error }) => error).join('\n');
    waiting = refused.map(({ pin }) => pin);
  }
  return undefined;
}

async function applyPin({ task, scratch }: Work, dir: string, { name, from, to }: Pin): Promise<string | undefined> {
  const { lock } = parseCargoLock(await readFile(join(dir, 'Cargo.lock'), 'utf8'), 'Cargo.lock');
  const present = lock?.packages.filter((entry) => entry.name === name).map(({ version }) => version) ?? [];
  // Another pin may have moved or removed it.
  const moved = present.includes(from) ? from : present.find((version) => areCompatible(version, to));
  if (moved === undefined || moved === to) return undefined;
  const manifest = join(dir, 'Cargo.toml');
  const args = ['update', '--manifest-path', manifest, '-p', `${name}@${moved}`, '--precise', to];
  // Not in the source: its rust-toolchain file would have rustup install another one.
  const { exitCode, stderr } = await run(process.env['CARGO'] ?? 'cargo', args, {
    cwd: scratch,
    signal: task.signal,
    env: {
      ...task.env,
      // Manifests of Redox use what only nightly cargo takes otherwise.
      RUSTC_BOOTSTRAP: '1',
      CARGO_TERM_COLOR: 'never',
      CARGO_NET_GIT_FETCH_WITH_CLI: 'true',
      ...(task.offline ? { CARGO_NET_OFFLINE: 'true' } : {}),
    },
    missing: 'install Rust, or set CARGO to the cargo of a toolchain',
  });
  return exitCode === 0 ? undefined : cargoError(stderr, scratch);
}

function cargoError(stderr: string, scratch: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^\s+(?:Updating|Locking) /.test(line));
  return redact(
    lines
      .slice(0, 12)
      .join('\n')
      .replace(/^error: /, '')
      .replaceAll(`${scratch}/tree`, 'source'),
  );
}

/** A name that no patch of the recipe has. */
async function patchName(recipePath: string, plan: SourcePlan, pins: readonly Pin[]): Promise<string> {
  const crates = [...new Set(pins.map(({ name }) => name))].slice(0, 3).join('-');
  for (let number = 1; ; number++) {
    const name = `doctor-${crates}-pin${number === 1 ? '' : `-${number}`}.patch`;
    const isTaken =
      plan.patches.some(({ file }) => file === name) || (await stat(join(recipePath, name)).catch(() => undefined));
    if (!isTaken) return name;
  }
}

async function diffText({ task, scratch }: Work, pins: readonly Pin[]): Promise<string> {
  const args = [
    'diff',
    '--no-index',
    '--no-prefix',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    '--unified=3',
    'a',
    'b',
  ];
  const { exitCode, stdout, stderr } = await git(
    task,
    ['-c', 'core.quotePath=false', '-c', 'core.autocrlf=false', ...args],
    {
      cwd: scratch,
      env: { GIT_CEILING_DIRECTORIES: scratch },
    },
  );
  // 1: there are differences.
  if (exitCode !== 1) throw new UserError(`git could not compare the lock files: ${stderr.trim()}`);
  const head = ['Releases that work together, as cargo locks them after', ...pins.map((pin) => `  ${pinCommand(pin)}`)];
  return `${head.join('\n')}\n\n${stdout}`;
}

/** Writes the patch and fetches with it, in another folder; a patch that does not do what it should is removed. */
async function writePatch(work: Work, name: string, text: string, changed: readonly string[]): Promise<void> {
  const { recipe, plan, pin, task, scratch } = work;
  const path = join(recipe.path, name);
  await writeFileWhole(path, text);
  try {
    const check = join(scratch, 'check');
    const patches = [...plan.patches, { file: name, blake3: blake3Hex(text) }];
    await prepareTree(task, { ...plan, patches }, pin, check);
    for (const file of changed) {
      const [wanted, got] = await Promise.all(
        [join(scratch, 'b', file), join(check, file)].map((at) => readFile(at, 'utf8')),
      );
      if (wanted === got) continue;
      throw new UserError(`the script of [source] changes ${file} after the patches: a patch cannot mend it`, {
        file: recipe.file,
        advice: 'make the change in that script',
      });
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}
