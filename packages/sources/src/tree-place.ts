import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { replaceDirectory, UserError, withMutex } from '@nx-redox/kit';
import { gitOk } from './git';
import type { LoadedRecipe } from './load';
import {
  readState,
  stateFile,
  TEMPORARY_TREE,
  temporaryTree,
  TREE_LOCK_NAME,
  writeState,
  type TreeState,
} from './tree-state';
import { TREE_NAME } from '@nx-redox/recipe/parse';
import type { SourceTask } from './task';
import {
  compareTrees,
  formatDifferences,
  keepTimes,
  readTree,
  type Difference,
  type TreeFile,
  type TreeFiles,
} from './tree';

/** A fetched tree as it is now, against what was fetched. */
export interface Inspection {
  state: TreeState;
  now: TreeFiles;
  /** What its user, or a build in it, has changed. */
  differences: Difference[];
}

/** The place of a recipe's fetched tree: `source` in its folder, with what belongs to it. */
export class TreePlace {
  constructor(
    readonly task: SourceTask,
    readonly recipe: LoadedRecipe,
  ) {}

  get path(): string {
    return join(this.recipe.path, TREE_NAME);
  }

  /** The tree's name for messages. */
  get name(): string {
    return posix.join(this.recipe.dir, TREE_NAME);
  }

  /** Runs `body` while no other task changes the tree; what a killed one left behind is removed first. */
  async alone<T>(body: () => Promise<T>): Promise<T> {
    const { signal, log } = this.task;
    return withMutex(join(this.recipe.path, TREE_LOCK_NAME), { signal, waiting: log }, async () => {
      for (const name of await readdir(this.recipe.path)) {
        if (TEMPORARY_TREE.test(name)) await rm(join(this.recipe.path, name), { recursive: true, force: true });
      }
      return body();
    });
  }

  async exists(): Promise<boolean> {
    const found = await stat(this.path).catch(() => undefined);
    if (found !== undefined && !found.isDirectory()) {
      throw new UserError(`${this.name} is not a folder`, {
        advice: 'the source is fetched to that place: move it away',
      });
    }
    return found !== undefined;
  }

  /** Looks at the tree; undefined if there is none, or none that was fetched to its end. */
  async inspect(): Promise<Inspection | undefined> {
    const state = (await this.exists()) ? await readState(this.recipe.path) : undefined;
    if (state === undefined) return undefined;
    const { repositories, files, filesAt } = state;
    const now = await readTree(this.task, this.path, { repositories, known: files, knownAt: filesAt });
    const differences = compareTrees(files, now).filter(({ path }) => !this.#isForBuilds(path));
    return { state, now, differences };
  }

  /** With `clearlocked` cargo itself may write Cargo.lock. */
  #isForBuilds(path: string): boolean {
    const { build } = this.recipe.recipe;
    return build?.template === 'cargo' && build.clearlocked === true && basename(path) === 'Cargo.lock';
  }

  /** Remembers how the files look now, so that the next task need not read them again. */
  async refresh({ state, now, differences }: Inspection): Promise<void> {
    if (differences.length > 0 || [...now].every(([path, file]) => sameLook(file, state.files.get(path)))) return;
    await writeState(this.recipe.path, { ...state, files: now, filesAt: Date.now() });
  }

  /**
   * Makes sure that nothing in the tree would be lost.
   * @throws {UserError} that says what, and how to keep or drop it.
   */
  async assertReplaceable(inspection: Inspection): Promise<void> {
    const { state, differences } = inspection;
    const lost = [...differences];
    for (const repository of state.repositories) {
      const refs = await gitOk(this.task, ['for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/stash'], {
        cwd: join(this.path, repository),
      }).catch(() => '');
      for (const ref of refs.split('\n').filter(Boolean))
        lost.push({ path: posix.join(repository, '.git', ref), what: 'new' });
    }
    if (lost.length > 0) throw this.editsError(lost, 'and another source is to take its place');
  }

  /** The error for changes that somebody made in the tree. */
  editsError(differences: readonly Difference[], why: string): UserError {
    const { name } = this;
    const isGit = this.recipe.recipe.source?.kind === 'git';
    const patch = posix.join(this.recipe.dir, 'changes.patch');
    return new UserError([`${name} has changes of its own, ${why}:`, ...formatDifferences(differences)].join('\n'), {
      file: this.recipe.file,
      advice: [
        isGit
          ? `to keep them as a patch: git -C ${name} add -N . && git -C ${name} diff > ${patch}, add "changes.patch" to patches in recipe.toml, remove ${name}, run update-lock`
          : `to keep them as a patch: move ${name} away, fetch again, and write diff -ruN of the two to ${patch}; then add "changes.patch" to patches in recipe.toml`,
        'to go on working in it: move it elsewhere and name that folder, [source] path = "…"',
        `to drop them: rm -r ${name}`,
      ],
    });
  }

  /**
   * Prepares a tree beside the present one. `use` decides by calling `take` that it is to become the tree;
   * otherwise, and after any error, it is removed.
   */
  async prepare<T>(
    fill: (dir: string) => Promise<TreeState>,
    use: (prepared: { dir: string; state: TreeState }, take: () => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const dir = join(this.recipe.path, temporaryTree(randomBytes(4).toString('hex')));
    try {
      const state = await fill(dir);
      return await use({ dir, state }, () => this.#take(dir, state));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  async #take(dir: string, state: TreeState): Promise<void> {
    const inspection = await this.inspect();
    let { files } = state;
    if (inspection !== undefined) {
      await this.assertReplaceable(inspection);
      files = new Map(files);
      await keepTimes(dir, inspection.state.files, files);
    } else if (await this.exists()) {
      // Nothing says where it came from; if it is the same, only its description was lost.
      const { repositories } = state;
      const found = await readTree(this.task, this.path, { repositories, everything: repositories.length === 0 });
      const differences = compareTrees(files, found);
      if (differences.length > 0) {
        throw this.editsError(differences, 'compared with what recipe.lock names, and no record of where it came from');
      }
    }
    this.task.signal?.throwIfAborted();
    // From here on, until the new state is written, the tree counts as unknown.
    await rm(stateFile(this.recipe.path), { force: true });
    await replaceDirectory(this.path, async (temporary) => {
      await rmdir(temporary);
      await rename(dir, temporary);
    });
    await writeState(this.recipe.path, { ...state, files, filesAt: Date.now() });
  }
}

function sameLook(a: TreeFile, b: TreeFile | undefined): boolean {
  return b !== undefined && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino && a.size === b.size;
}
