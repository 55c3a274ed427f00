import { hash } from 'node:crypto';
import { lstat, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readGit } from './read-git';

export { editedOf } from './edits';

/** Settings of the user that decide which bytes a checkout of one commit has. */
const BYTES = '^core\\.(autocrlf|eol|symlinks|filemode|attributesfile|ignorecase)$|^filter\\.';

/** Modes and submodules count, whatever a repository's settings let git overlook. */
const STATUS = [
  '-c',
  'core.fileMode=true',
  'status',
  '--porcelain=v2',
  '-z',
  '--untracked-files=all',
  '--ignored=matching',
  '--no-renames',
  '--ignore-submodules=none',
];

/**
 * Entries of `ls-files -v --stage` of which `git status` tells too little: files that git was told to take for unchanged
 * (lower case, S), and submodules (160000), which may be there or not.
 */
const UNTOLD = /^(?:[a-zS] |. 160000 )/;

/** Files that a checkout may convert (gitattributes(5)): a commit does not say which bytes they have. */
const CONVERTED = [
  'ls-files',
  '-z',
  '--',
  '.',
  ':(exclude,attr:!text !eol !crlf !ident !filter !working-tree-encoding)',
];
/** … and the setting by which all are converted. */
const ALL_CONVERTED = /^core\.autocrlf (?!false$)/m;

/** One line for each thing that a tree holds and its commit does not say. */
type Lines = string[];

/**
 * A digest of all that a build finds in a source: for a git repository its commit, what `git status` shows, and files
 * that git ignores or was told not to look at; for any other folder every file. Folders that cargo marks as caches
 * (CACHEDIR.TAG) do not count, and builds do not get them. Submodules and repositories below count the same way.
 *
 * It follows from the content alone: two clones of one commit have one digest.
 *
 * @returns undefined if there is no such folder; in words what git and `sha256sum` say of one that holds a commit, and
 *   edited or new files with plain names: bin/redox-source.sh says the same without Node.
 */
export async function sourceState(dir: string): Promise<string | undefined> {
  const found = await lstat(dir).catch(() => undefined);
  if (!found?.isDirectory()) return undefined;
  const lines: Lines = [];
  await addTree(dir, '', lines);
  return digest(lines);
}

/** What git and `sha256sum` can say: a commit, settings, and files with plain names that nobody may execute. */
const IN_WORDS = /^(?:commit \w+$|settings |file \w[\w./+-]* - \w+$)/;
/** How many files are named; Nx keeps what a program prints. */
const MOST_NAMED = 50;

/** The lines as they are if they are few and say nothing else, or their digest. */
function digest(lines: Lines): string {
  if (lines.length === 0) return 'plain';
  const text = lines.join('\n');
  const files = lines.filter((line) => line.startsWith('file ')).length;
  const isFew = lines.length > files && files <= MOST_NAMED;
  return isFew && lines.every((line) => IN_WORDS.test(line)) ? text : hash('sha256', text, 'hex');
}

/** What lies in a recipe's folder and is not the recipe's own: sources, and what builds make. */
const NOT_OF_RECIPE = /^(source|target|\.git|\.source.*)$/;

/** What git ignores in a recipe's folder; all of it where there is no git. */
async function ignoredIn(dir: string): Promise<(path: string) => boolean> {
  const { ignored } = await readGit(dir, {
    ignored: ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z', '--', '.'],
  });
  const found = ignored?.split('\0').filter(Boolean) ?? [''];
  return (path) => found.some((one) => path === one || ((one === '' || one.endsWith('/')) && path.startsWith(one)));
}

/**
 * A digest of what a recipe's folder holds and Nx does not hash, since it hashes the content of regular files that git
 * does not ignore: others, links with what they lead to, which files may be executed, empty folders. `plain` if there is
 * nothing of the kind.
 */
export async function recipeState(dir: string): Promise<string> {
  const lines: Lines = [];
  const isIgnored = await ignoredIn(dir);
  const add = async (folder: string): Promise<void> => {
    const names = await readdir(join(dir, folder)).catch((): string[] => []);
    if (names.length === 0) lines.push(`empty ${folder}`);
    for (const name of names.sort()) {
      if (folder === '' && NOT_OF_RECIPE.test(name)) continue;
      const path = `${folder}${name}`;
      const found = await lstat(join(dir, path));
      if (found.isSymbolicLink()) await addLinked(join(dir, path), path, lines);
      else if (found.isDirectory()) await add(`${path}/`);
      else if (isIgnored(path)) await addPath(join(dir, path), path, lines);
      else if ((found.mode & 0o100) !== 0) lines.push(`executable ${path}`);
    }
  };
  await add('');
  return digest(lines);
}

/** A link, and the file or the folder that it leads to. */
async function addLinked(file: string, name: string, lines: Lines): Promise<void> {
  lines.push(`link ${name} ${await readlink(file)}`);
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) await addFolder(file, `${name}/`, lines);
  else if (found?.isFile()) await addPath(await realpath(file), name, lines);
}

/** A tree as sourceState takes it; `prefix` is its place below the source, empty or with a slash at its end. */
async function addTree(dir: string, prefix: string, lines: Lines): Promise<void> {
  const isRepository = (await lstat(join(dir, '.git')).catch(() => undefined)) !== undefined;
  return isRepository ? addRepository(dir, prefix, lines) : addFolder(dir, prefix, lines);
}

async function addRepository(dir: string, prefix: string, lines: Lines): Promise<void> {
  const { head, status, entries, converted, settings } = await readGit(dir, {
    head: ['rev-parse', '--verify', '--quiet', 'HEAD'],
    status: STATUS,
    entries: ['ls-files', '-v', '--stage', '-z'],
    converted: CONVERTED,
    settings: ['config', '--get-regexp', BYTES],
  });
  if (status === undefined || entries === undefined || converted === undefined) {
    throw new Error(`${dir} is no repository that git reads; "git -C ${dir} status" says why`);
  }
  lines.push(`commit ${prefix}${head?.trim() ?? 'none'}`);
  if (settings !== undefined && settings !== '') lines.push(`settings ${prefix}${settings.replace(/\n+$/, '')}`);
  const paths = new Set<string>();
  for (const entry of status.split('\0')) {
    // `1 XY sub mH mI mW hH hI path`, `u XY sub m1 m2 m3 mW h1 h2 h3 path`, `? path`, `! path` (git-status(1)).
    const fields = { '1': 8, u: 10, '?': 1, '!': 1 }[entry[0] ?? ''];
    if (fields !== undefined) paths.add(entry.split(' ').slice(fields).join(' '));
  }
  const untold = ALL_CONVERTED.test(settings ?? '') ? /^./ : UNTOLD;
  for (const entry of entries.split('\0')) if (untold.test(entry)) paths.add(entry.slice(entry.indexOf('\t') + 1));
  for (const path of converted.split('\0').filter(Boolean)) paths.add(path);
  for (const path of [...paths].sort()) await addPath(join(dir, path), `${prefix}${path}`, lines);
}

async function addFolder(dir: string, prefix: string, lines: Lines): Promise<void> {
  const names = await readdir(dir);
  if (names.includes('CACHEDIR.TAG')) return;
  if (names.length === 0) lines.push(`empty ${prefix}`);
  for (const name of names.sort()) await addPath(join(dir, name), `${prefix}${name}`, lines);
}

async function addPath(file: string, name: string, lines: Lines): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined) lines.push(`gone ${name}`);
  else if (found.isSymbolicLink()) lines.push(`link ${name} ${await readlink(file)}`);
  else if (found.isDirectory()) await addTree(file, `${name.replace(/\/$/, '')}/`, lines);
  else if (found.isFile()) {
    const content = hash('sha256', await readFile(file), 'hex');
    lines.push(`file ${name} ${(found.mode & 0o111) === 0 ? '-' : 'x'} ${content}`);
  }
}
