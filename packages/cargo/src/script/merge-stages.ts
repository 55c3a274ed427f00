import { constants, copyFile, lstat, mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { AsBuilt, UserError } from '@nx-redox/kit';

/** Folders that a sysroot has both at its top and below usr; those at the top are links. */
const TOP = ['bin', 'include', 'lib', 'share'];

/**
 * Puts the stages of a recipe's dependencies into one folder, with the cookbook's layout: `usr/{bin,include,lib,share}`,
 * and links to them at the top. Files are copies: a script may change them.
 *
 * @returns warnings: files that two stages have with different content; the first one stays.
 * @throws {UserError} if a stage is missing, or has another file than was built.
 */
export async function mergeStages(stages: readonly string[], into: string, workspaceRoot: string): Promise<string[]> {
  for (const name of TOP) {
    await mkdir(join(into, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(into, name));
  }
  const owners = new Map<string, string>();
  const warnings: string[] = [];
  const built = new AsBuilt(workspaceRoot);

  /** Copies what is in `from`; never through a link, so nothing is written outside `into`. */
  const copy = async (stage: string, from: string, path: string): Promise<void> => {
    for (const entry of await readdir(from, { withFileTypes: true })) {
      const source = join(from, entry.name);
      const place = path === '' && TOP.includes(entry.name) ? join('usr', entry.name) : join(path, entry.name);
      const target = join(into, place);
      const there = await lstat(target).catch(() => undefined);
      if (entry.isDirectory()) {
        if (there?.isDirectory() === false) {
          warnings.push(conflict(place, owners.get(place), stage));
          continue;
        }
        if (there === undefined) {
          await mkdir(target);
          owners.set(place, stage);
        }
        await copy(stage, source, place);
      } else if (there !== undefined) {
        if (!(await isSame(source, target))) warnings.push(conflict(place, owners.get(place), stage));
      } else {
        owners.set(place, stage);
        if (entry.isFile()) await built.check(source);
        if (entry.isSymbolicLink()) await symlink(inSysroot(await readlink(source), place), target);
        else await copyFile(source, target, constants.COPYFILE_FICLONE);
      }
    }
  };

  const name = (stage: string) => relative(workspaceRoot, stage);
  const conflict = (path: string, first: string | undefined, second: string) =>
    `${path} is in ${first === undefined ? 'the sysroot' : name(first)} and, with other content, in ${name(second)}; the first one is used`;
  for (const stage of stages) {
    if ((await lstat(stage).catch(() => undefined))?.isDirectory() !== true) {
      throw new UserError('a dependency has no stage: it was not built for this architecture and backend', {
        file: name(stage),
        advice: 'build it first: with Nx, this happens by itself',
      });
    }
    await copy(stage, stage, '');
  }
  return warnings;
}

/** The target of a link: one that begins at the root of Redox begins at the sysroot. */
function inSysroot(target: string, place: string): string {
  return target.startsWith('/') ? join(relative(dirname(`/${place}`), '/'), target) : target;
}

async function isSame(source: string, target: string): Promise<boolean> {
  const [a, b] = [await lstat(source), await lstat(target)];
  if (a.isSymbolicLink() && b.isSymbolicLink()) return (await readlink(source)) === (await readlink(target));
  if (!a.isFile() || !b.isFile() || a.size !== b.size) return false;
  return (await readFile(source)).equals(await readFile(target));
}
