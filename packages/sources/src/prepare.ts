import { mkdir } from 'node:fs/promises';
import { assertTreeInside, redact } from '@nx-redox/kit';
import { unpackArchive } from '@nx-redox/kit/archive';
import { findArchive } from './find-archive';
import { checkoutCommit, gitOk } from './git';
import { assertGitFiles, readGitFiles, withoutRepositories } from './git-files';
import type { SourcePlan } from './load';
import { applyPatches } from './patches';
import { runSourceScript, scriptHash } from './source-script';
import type { BeforeScript, TreeState } from './tree-state';
import type { SourceTask } from './task';
import { compareTrees, readTree, type TreeFiles } from './tree';

/** The one content that a source is pinned to: a full commit or the BLAKE3 of an archive. */
export type Pin = { commit: string } | { blake3: string };

/** Everything that a tree is made from, as one text to compare. */
export function treeIdentity(plan: SourcePlan, pin: Pin): string {
  return JSON.stringify({
    ...pin,
    // With and without history the files are the same, but not what scripts find.
    ...(plan.from.kind === 'git' && plan.from.history ? { history: true } : {}),
    ...(plan.from.kind === 'git' && plan.from.submodules ? { submodules: [...plan.from.submodules].sort() } : {}),
    patches: plan.patches.map(({ blake3 }) => blake3),
    script: scriptHash(plan.script) ?? null,
  });
}

/**
 * Makes the tree of a recipe in the empty folder `dir`: checked out or unpacked, patched, changed by its script.
 * @throws {UserError} if something is missing, does not fit or would leave the folder.
 */
export async function prepareTree(task: SourceTask, plan: SourcePlan, pin: Pin, dir: string): Promise<TreeState> {
  const { from, recipe, patches, script } = plan;
  const origin = redact(from.url);
  let repositories: string[] = [];
  await mkdir(dir, { recursive: true });
  if (from.kind === 'git' && 'commit' in pin) {
    repositories = await checkoutCommit(task, from, pin.commit, dir);
  } else if (from.kind === 'tar' && 'blake3' in pin) {
    const archive = await findArchive(task, from.url, recipe.path, pin.blake3);
    await unpackArchive(archive.path, dir, {
      origin,
      limits: task.limits,
      signal: task.signal,
      env: { ...process.env, ...task.env },
    });
  } else {
    throw new Error(`a ${from.kind} source cannot be pinned to ${JSON.stringify(pin)}`);
  }
  const { signal } = task;
  await assertTreeInside(dir, origin, task.limits, { repositories, signal });
  if (patches.length > 0) {
    await withoutRepositories(dir, repositories, async () => {
      await applyPatches(task, dir, recipe.path, patches);
      await assertTreeInside(dir, `${origin} with patches`, task.limits, { signal });
    });
  }

  const shape = { repositories, everything: repositories.length === 0 };
  let files = await readTree(task, dir, shape);
  let beforeScript: BeforeScript[] = [];
  if (script !== undefined) {
    const own = await readGitFiles(dir);
    await runSourceScript(task, dir, recipe.path, script, recipe.recipe.nx.env);
    await assertGitFiles(dir, own, task.log);
    const before = files;
    files = await readTree(task, dir, shape);
    beforeScript = compareTrees(before, files).map(({ path }) => beforeOf(path, before));
  }
  // So that `git diff` in the tree shows what its user changed, and not what we did.
  if (repositories.length > 0 && (patches.length > 0 || script !== undefined)) {
    await gitOk(task, ['add', '--all', '.'], { cwd: dir });
  }
  return { identity: treeIdentity(plan, pin), repositories, files, filesAt: Date.now(), beforeScript };
}

function beforeOf(path: string, before: TreeFiles): BeforeScript {
  const file = before.get(path);
  return file === undefined ? { path } : { path, kind: file.kind, hash: file.hash };
}
