import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blake3Hex, redact, run, UserError } from '@nx-redox/kit';
import { git } from './git';
import { unsafePath } from './inside';
import type { SourceTask } from './task';

/** A patch of a recipe. */
export interface Patch {
  /** As the recipe names it, relative to its folder. */
  file: string;
  blake3: string;
}

/** @throws {UserError} if one of the files cannot be read. */
export async function readPatches(recipeDir: string, files: readonly string[], recipeFile: string): Promise<Patch[]> {
  return Promise.all(
    files.map(async (file) => {
      const content = await readFile(join(recipeDir, file)).catch((error: NodeJS.ErrnoException) => {
        throw new UserError(`the patch ${file} cannot be read (${error.code})`, {
          file: recipeFile,
          advice: 'patches are named relative to the folder of the recipe',
        });
      });
      return { file, blake3: blake3Hex(content) };
    }),
  );
}

/** The part of a name that diff puts before the path: `a/` or `b/`, which -p1 takes away. */
function strip(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

/** Names of files in the head lines of a patch, after -p1; a patch program need not refuse them all. */
function pathsOf(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const [, name] = /^(?:---|\+\+\+) ("?[^\t\r]+)/.exec(line) ?? [];
    if (name !== undefined && name !== '/dev/null') found.push(strip(name.replace(/^"|"$/g, '').trim()));
    const [, moved] = /^(?:rename|copy) (?:from|to) ([^\t\r]+)/.exec(line) ?? [];
    if (moved !== undefined) found.push(moved);
  }
  return found;
}

/**
 * Applies patches to a tree in order, as `patch -p1` does. `git apply` goes first; where it finds lines that have
 * changed nearby, patch(1) may still find the place, and that is said.
 *
 * @throws {UserError} that names patch, file and hunk.
 */
export async function applyPatches(
  task: SourceTask,
  tree: string,
  recipeDir: string,
  patches: readonly Patch[],
): Promise<void> {
  // A tree without a repository of its own must not be taken for a part of the one around it.
  const ceiling = dirname(await realpath(tree));
  for (const { file } of patches) {
    const path = join(recipeDir, file);
    const text = await readFile(path, 'latin1');
    if (text.trim() === '') continue;
    for (const name of pathsOf(text)) {
      const unsafe = unsafePath(name);
      if (unsafe !== undefined)
        throw new UserError(`the patch ${file}: ${JSON.stringify(name)} ${unsafe}`, { file: path });
    }
    const applied = await git(task, ['apply', '-p1', '--whitespace=nowarn', '--verbose', path], {
      cwd: tree,
      env: { GIT_CEILING_DIRECTORIES: ceiling },
    });
    if (applied.exitCode === 0) continue;
    const fuzzy = await patchProgram(task, tree, path, true);
    if (fuzzy.exitCode === 0) {
      const real = await patchProgram(task, tree, path, false);
      if (real.exitCode === 0) {
        task.log(`${file}: applied by patch(1), not exactly where it says; make it anew when there is time`);
        continue;
      }
    }
    throw patchError(file, path, applied.stderr, fuzzy.stdout);
  }
}

async function patchProgram(
  task: SourceTask,
  tree: string,
  file: string,
  dryRun: boolean,
): Promise<{ exitCode: number; stdout: string }> {
  const args = ['-p1', '--forward', '--batch', '--no-backup-if-mismatch', '--reject-file=-', '-i', file];
  try {
    return await run('patch', [...(dryRun ? ['--dry-run'] : []), ...args], {
      cwd: tree,
      signal: task.signal,
      env: { ...task.env, LC_ALL: 'C', POSIXLY_CORRECT: undefined },
    });
  } catch (error) {
    task.signal?.throwIfAborted();
    // Without the program git's answer is the one that counts.
    if (error instanceof UserError) return { exitCode: 127, stdout: '' };
    throw error;
  }
}

/** Which hunk of which file failed: git names file and line, patch(1) numbers the hunks. */
function patchError(file: string, path: string, fromGit: string, fromPatch: string): UserError {
  const details: string[] = [];
  let current = '';
  for (const line of fromPatch.split('\n')) {
    const [, name] = /^(?:checking|patching) file (.*)$/.exec(line) ?? [];
    if (name !== undefined) current = name;
    const [, hunk, at] = /^Hunk #(\d+) (?:FAILED|ignored) at (\d+)/.exec(line) ?? [];
    if (hunk !== undefined) details.push(`hunk ${hunk} of ${current} (line ${at}) does not fit`);
    if (/^can't find file to patch/.test(line)) details.push('a file that it changes does not exist');
    if (/previously applied|Reversed/.test(line)) details.push(`${current} has this change already`);
  }
  const errors = fromGit
    .split('\n')
    .filter((line) => line.startsWith('error: '))
    .map((line) => line.slice('error: '.length));
  const missing = errors.filter((line) =>
    /No such file|does not exist|already exists|corrupt|unrecognized|No valid patches/i.test(line),
  );
  const told = [...missing, ...(details.length > 0 ? details : errors)];
  return new UserError(
    [
      `the patch ${file} cannot be applied:`,
      ...new Set(told.map((line) => `  ${redact(line.replaceAll(`${path}:`, 'line '))}`)),
    ].join('\n'),
    {
      file: path,
      advice: [
        'if the source moved on, make the patch anew against it',
        'if the change is in the source now, take the patch out of recipe.toml',
      ],
    },
  );
}
