import { mkdtemp, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { blake3Hex, UserError, writeFileWhole } from '@nx-redox/kit';
import {
  git,
  type LoadedRecipe,
  loadRecipe,
  type Pin as SourcePin,
  pinOf,
  prepareTree,
  readLock,
  sourceOf,
  type SourcePlan,
  sourceTask,
  type SourceTask,
} from '@nx-redox/sources';
import { TREE_NAME } from '@nx-redox/recipe/parse';
import { applyPins, cargoOf } from './apply-pins';
import type { DoctorFinding, DoctorReport } from './examine';
import type { ReplaceFix } from './finding';
import { pinCommand, type Pin } from './pins';
import { addPatch, addReplacement } from './recipe-edit';

/** What was done for one recipe. */
export interface Fix {
  /** Folder of the recipe. */
  recipe: string;
  /** The patch that was written, relative to the workspace root; undefined if there is none. */
  patch?: string;
  pins: Pin[];
  /** Crates that now come from the source of another recipe. */
  replaced: ReplaceFix[];
  /** The findings that are fixed with this. */
  fixed: DoctorFinding[];
  /** What its reader should know or do. */
  said: string[];
}

/**
 * Fixes what can be fixed without a decision of the user: changes of lock files become patches of the recipes whose
 * sources they are in, listed in recipe.toml; crates that must be one come from the same recipe, by `[nx.patch]`.
 * Cargo changes the lock files in a fresh copy of the source, the result is examined, and the patch is tried as the
 * next fetch will. A source that is used in place is left alone.
 *
 * @throws {UserError} if a fresh copy cannot be made, or cargo is missing; recipes are whole then, fixed or not.
 */
export async function fixVersions(
  workspaceRoot: string,
  { findings }: Pick<DoctorReport, 'findings'>,
  task: SourceTask = sourceTask(),
): Promise<Fix[]> {
  const fixes: Fix[] = [];
  const byRecipe = (kind: string) => {
    const found = findings.filter(({ fix }) => fix?.kind === kind);
    const dirs = [...new Set(found.map(({ recipe }) => recipe))];
    return dirs.map((dir) => [dir, found.filter(({ recipe }) => recipe === dir)] as const);
  };
  for (const [dir, found] of byRecipe('pin')) fixes.push(await fixRecipe(workspaceRoot, dir, found, task));
  for (const [dir, found] of byRecipe('replace')) fixes.push(await replaceCrates(workspaceRoot, dir, found));
  return fixes;
}

async function replaceCrates(workspaceRoot: string, dir: string, findings: readonly DoctorFinding[]): Promise<Fix> {
  const { file } = await loadRecipe(workspaceRoot, dir);
  const path = join(workspaceRoot, file);
  const before = await readFile(path, 'utf8');
  const wanted = findings.flatMap(({ fix }) => (fix?.kind === 'replace' ? [fix] : []));
  const sources = [...new Set(wanted.flatMap((fix) => fix.sources))];
  // All of a recipe's findings are about the one crate that must not be there twice.
  const replaced = wanted.slice(0, 1).map((fix) => ({ ...fix, sources }));
  await writeFileWhole(
    path,
    replaced.reduce((text, fix) => addReplacement(text, file, fix), before),
  );
  return { recipe: dir, pins: [], replaced, fixed: [...findings], said: [] };
}

async function fixRecipe(
  workspaceRoot: string,
  dir: string,
  findings: readonly DoctorFinding[],
  task: SourceTask,
): Promise<Fix> {
  const recipe = await loadRecipe(workspaceRoot, dir);
  const source = await sourceOf(recipe);
  if (source.kind !== 'fetched')
    return { recipe: dir, pins: [], replaced: [], fixed: [], said: [...new Set(findings.map(byHand))] };
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
    ...(fix?.kind === 'pin' ? (fix.choices[0] ?? []) : []).map(
      (pin) => `  (cd ${posix.dirname(file)} && ${pinCommand(pin)})`,
    ),
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
  const fixed: DoctorFinding[] = [];
  for (const file of new Set(findings.map((finding) => finding.file))) {
    const path = posix.relative(posix.join(recipe.dir, TREE_NAME), file);
    const before = await readFile(join(tree, path), 'utf8').catch(() => undefined);
    if (before === undefined || before !== (await readFile(join(workspaceRoot, file), 'utf8'))) {
      said.push(`${file} is not the one that recipe.lock names: fetch it, or keep your own changes as a patch, first`);
      continue;
    }
    const fix = findings.find((finding) => finding.file === file)?.fix;
    const choices = fix?.kind === 'pin' ? fix.choices : [];
    const result = await applyPins({ task, tree, cargo: cargoOf(workspaceRoot) }, path, before, choices);
    if (Array.isArray(result)) {
      pins.push(...result);
      changed.push(path);
      fixed.push(...findings.filter((finding) => finding.file === file));
      await write(join(scratch, 'a', path), before);
      await write(join(scratch, 'b', path), await readFile(join(tree, path), 'utf8'));
    } else {
      said.push(`${file} cannot be fixed by its lock file alone:\n${result.refused}`);
    }
  }
  if (changed.length === 0) return { recipe: recipe.dir, pins, replaced: [], fixed, said };
  const name = await patchName(recipe.path, plan, pins);
  const patch = posix.join(recipe.dir, name);
  const recipeText = await readFile(join(workspaceRoot, recipe.file), 'utf8');
  const edited = addPatch(recipeText, recipe.file, name);
  await writePatch(work, name, await diffText(work, pins), changed);
  await writeFileWhole(join(workspaceRoot, recipe.file), edited);
  said.push(
    `now run update-lock with --keep for ${recipe.name}, and for the recipes with same_as it: the source is fetched with the patch then`,
  );
  return { recipe: recipe.dir, patch, pins, replaced: [], fixed, said };
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
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
      throw new UserError(`the script of [source] changes ${file} after the patches: a patch cannot fix it`, {
        file: recipe.file,
        advice: 'make the change in that script',
      });
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}
