import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blake3Bytes, redact, run, unsafePath, UserError } from '@nx-redox/kit';
import { git } from './git';
import type { SourceTask } from './task';

/** A patch of a recipe. */
export interface Patch {
  /** As the recipe names it, relative to its folder. */
  file: string;
  blake3: string;
  /** The hash that it has with the line ends of Unix, if it has others. */
  unixBlake3?: string;
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
      const unix = content.includes('\r\n') ? content.toString('latin1').replaceAll('\r\n', '\n') : undefined;
      return {
        file,
        blake3: await blake3Bytes(content),
        ...(unix === undefined ? {} : { unixBlake3: await blake3Bytes(Buffer.from(unix, 'latin1')) }),
      };
    }),
  );
}

/** Letters after a backslash in the names that git and diff quote (quote_c_style). */
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
};

/** A name as it is meant, if it is in quotes; else up to the tab that a time follows. */
function unquote(name: string): string {
  if (!name.startsWith('"')) return name.replace(/[\t\r].*$/, '');
  const inner = /^"((?:[^"\\]|\\.)*)/.exec(name)?.[1] ?? '';
  return inner.replace(/\\([0-7]{1,3}|.)/g, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(parseInt(code, 8) & 0xff) : (ESCAPES[code] ?? code),
  );
}

const NAME_LINES = /^(?:---|\+\+\+|\*\*\*|Index:|Prereq:|(?:rename|copy) (?:from|to)|(?:old|new) file) ("?[^\n]+)$/;

/**
 * Every name in the lines of a patch that a patch program could take for its file, as it is and without its first part:
 * `-p1` takes that away, but not from all of them. Names inside of hunks are among them; those are never harmful alone.
 */
function namesIn(text: string): Set<string> {
  const found = new Set<string>();
  const add = (name: string) => {
    if (name === '' || name === '/dev/null') return;
    // The text was read as bytes.
    const whole = Buffer.from(name, 'latin1').toString('utf8');
    found.add(whole);
    if (whole.includes('/')) found.add(whole.slice(whole.indexOf('/') + 1));
  };
  for (const raw of text.split('\n')) {
    const line = raw.replace(/\r$/, '');
    const [, name] = NAME_LINES.exec(line) ?? [];
    if (name !== undefined) {
      add(unquote(name));
      // Without quotes a name ends at the tab, and for old programs at a blank before the time.
      if (!name.startsWith('"')) add(unquote(name).replace(/ .*$/, ''));
    }
    const [, both] = /^diff --git (.+)$/.exec(line) ?? [];
    if (both === undefined) continue;
    for (const [quoted] of both.matchAll(/"(?:[^"\\]|\\.)*"/g)) add(unquote(quoted));
    // Names with blanks cannot be parted for sure, so each place is tried.
    const words = both.split(' ');
    for (let at = 1; at < words.length && at <= 64; at++) {
      add(words.slice(0, at).join(' '));
      add(words.slice(at).join(' '));
    }
  }
  return found;
}

/** @throws {UserError} if a name in the head lines of a patch leads out, or among git's own files. */
function assertNames(text: string, file: string, path: string): void {
  const lines: string[] = [];
  let left = 0;
  for (const line of text.split('\n')) {
    // Lines of a hunk are content, however they look.
    const [, before, after] = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line) ?? [];
    if (left <= 0 && line.startsWith('@@ ')) {
      left = Number(before ?? 1) + Number(after ?? 1);
      continue;
    }
    if (left > 0) {
      left -= line.startsWith('+') || line.startsWith('-') ? 1 : line.startsWith('\\') ? 0 : 2;
      continue;
    }
    lines.push(line);
  }
  for (const name of namesIn(lines.join('\n'))) {
    const unsafe = unsafePath(name);
    if (unsafe === undefined) continue;
    throw new UserError(`the patch ${file}: ${JSON.stringify(name)} ${unsafe}`, {
      file: path,
      advice: 'nothing was applied; take that part out of the patch',
    });
  }
}

/**
 * Applies patches to a tree in order, as `patch -p1` does. `git apply` goes first; where it finds lines that have
 * changed nearby, patch(1) may still find the place, and that is said. No repository may be in the tree meanwhile (see
 * withoutRepositories): then nothing that a patch program understands differently can reach one.
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
    assertNames(text, file, path);
    const applied = await git(task, ['apply', '-p1', '--whitespace=nowarn', '--verbose', path], {
      cwd: tree,
      env: { GIT_CEILING_DIRECTORIES: ceiling },
    });
    if (applied.exitCode === 0) continue;
    // A name that git does not take is no matter of fuzz.
    if (/invalid path|beyond a symbolic link/i.test(applied.stderr)) throw patchError(file, path, applied.stderr, '');
    // Said, so that it is never taken for a script of ed, which is a program.
    const kind = /^\*{15}/m.test(text) ? '--context' : '--unified';
    const fuzzy = await patchProgram(task, tree, path, ['--dry-run', kind]);
    if (fuzzy.exitCode === 0) {
      const real = await patchProgram(task, tree, path, [kind]);
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
  more: readonly string[],
): Promise<{ exitCode: number; stdout: string }> {
  const args = ['-p1', '--forward', '--batch', '--no-backup-if-mismatch', '--reject-file=-', '-i', file];
  try {
    return await run('patch', [...more, ...args], {
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
