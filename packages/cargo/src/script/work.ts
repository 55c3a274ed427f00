import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pruneWork } from './prune';

/** Folders and files of a recipe's builds, all below the task's work folder. */
export class Work {
  readonly build: string;
  readonly stage: string;
  readonly source: string;
  readonly sysroot: string;
  readonly toolchain: string;
  readonly notes: string;
  readonly front: string;
  readonly script: string;
  /** What the folder was made with. */
  private readonly key: string;

  constructor(readonly root: string) {
    this.build = join(root, 'build');
    this.stage = join(root, 'stage');
    this.source = join(root, 'source');
    this.sysroot = join(root, 'sysroot');
    this.toolchain = join(root, 'toolchain');
    this.notes = join(root, 'notes');
    this.front = join(root, 'front');
    this.script = join(root, 'recipe.sh');
    this.key = join(root, 'key');
  }

  /**
   * Makes the folder ready for a run. Of an earlier one stays what cargo has compiled, which cargo itself compares with
   * the sources by their content, and the copy of the source, which is brought up to date: everything else starts over,
   * since nobody could tell whether it still fits.
   *
   * @param purpose what the folder is for: with another one, nothing stays. Nor does anything if the folder was moved or
   *   copied: cargo would not run build scripts again, and what they and `configure` have said names the old place.
   */
  async renew(purpose: string, clean: boolean): Promise<void> {
    const key = `${this.root}\n${purpose}`;
    const known = await readFile(this.key, 'utf8').catch(() => undefined);
    if (clean || known !== key) await rm(this.root, { recursive: true, force: true });
    for (const folder of [this.stage, this.sysroot, this.toolchain, this.notes]) {
      await rm(folder, { recursive: true, force: true });
    }
    await pruneWork(this.build);
    for (const folder of [this.build, this.stage, this.notes, this.front]) await mkdir(folder, { recursive: true });
    await writeFile(this.key, key);
  }
}
