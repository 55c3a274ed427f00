import { existsSync } from 'node:fs';
import { appendFile, copyFile, lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { redact, run, type RunResult, UserError, withoutCredentials } from '@nx-redox/kit';
import { didYouMean } from '@nx-redox/kit/toml';
import { tooLarge, tooMany, unsafePath } from './inside';
import { withLock } from './own-lock';
import { storeKey } from './store';
import type { SourceTask } from './task';

/** Which commit of a repository a recipe asks for. */
export interface GitRequest {
  url: string;
  branch?: string;
  /** Full or short commit, or tag. */
  rev?: string;
  /** The whole history, not only the commit. */
  history: boolean;
  /** Paths of the submodules that are fetched, with all that is in them; undefined for all. */
  submodules?: readonly string[];
}

/** A full object name: SHA-1 or SHA-256. */
export const FULL_COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/i;
const SHORT_COMMIT = /^[0-9a-f]{4,63}$/i;
const MAX_SUBMODULE_DEPTH = 10;
const INSTALL_GIT = 'install git (Debian: apt-get install git; Fedora: dnf install git; macOS: brew install git)';

/** Variables that would turn git to another repository, as they are set inside hooks and `git rebase --exec`. */
const REPOSITORY_VARIABLES = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_GRAFT_FILE',
  'GIT_CEILING_DIRECTORIES',
];

/** Runs git with the user's configuration, without ever asking a question. */
export async function git(
  task: SourceTask,
  args: readonly string[],
  options: { cwd?: string; input?: string; env?: Record<string, string | undefined>; timeoutMs?: number } = {},
): Promise<RunResult> {
  return run('git', args, {
    cwd: options.cwd,
    input: options.input,
    timeoutMs: options.timeoutMs,
    signal: task.signal,
    missing: INSTALL_GIT,
    env: {
      ...Object.fromEntries(REPOSITORY_VARIABLES.map((name) => [name, undefined])),
      ...task.env,
      GIT_TERMINAL_PROMPT: '0',
      // A window that asks for a password; what the user configured for git itself (GIT_ASKPASS, core.askPass) stays.
      SSH_ASKPASS: undefined,
      LC_ALL: 'C',
      ...options.env,
    },
  });
}

/** As {@link git}, for commands on this machine that do not fail unless something is broken. */
export async function gitOk(
  task: SourceTask,
  args: readonly string[],
  options: Parameters<typeof git>[2] = {},
): Promise<string> {
  const result = await git(task, args, options);
  if (result.exitCode !== 0)
    throw new UserError(
      `git ${args.find((arg, index) => arg !== '-c' && args[index - 1] !== '-c')} failed: ${reasonOf(result)}`,
    );
  return result.stdout;
}

/** The lines of git's errors that say why, without secrets. */
function reasonOf(result: RunResult): string {
  const lines = result.stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /^(fatal|error|remote|ssh|ERROR):/i.test(line));
  const chosen = (telling.length > 0 ? telling : lines).slice(-4);
  return (
    redact(chosen.map((line) => line.replace(/^(fatal|error): /, '')).join('; ')) || `exit status ${result.exitCode}`
  );
}

/** ssh must not ask either; a command that the user configured is left as it is. */
async function sshVariables(task: SourceTask, url: string): Promise<Record<string, string>> {
  if (!/^(git\+)?ssh:\/\//i.test(url) && !/^[^/]+@[^/]+:/.test(url)) return {};
  const env = { ...process.env, ...task.env };
  if (env['GIT_SSH_COMMAND'] || env['GIT_SSH']) return {};
  if ((await git(task, ['config', 'core.sshCommand'])).exitCode === 0) return {};
  return {
    GIT_SSH_COMMAND: `ssh -oBatchMode=yes -oConnectTimeout=${Math.ceil(task.limits.answerMs / 1000)} -oServerAliveInterval=15 -oServerAliveCountMax=2`,
  };
}

/** A path in a recipe is relative to the recipe; everything with a scheme or a host stays. */
export function absoluteRepository(url: string, recipeDir: string): string {
  const isRemote = /^[a-z][a-z0-9+.-]*:/i.test(url) || /^[^/]+:/.test(url);
  return isRemote || isAbsolute(url) ? url : resolve(recipeDir, url);
}

/** The three ways out of a host that cannot be reached. */
export function waysOut(url: string): string[] {
  const address = redact(url);
  return [
    `a mirror: git config --global url.<mirror>.insteadOf ${address}`,
    'a copy on this machine: [source] path = "<folder>"',
    'an archive of it: [source] tar = "<file or URL>" and blake3',
  ];
}

function unreachable(task: SourceTask, url: string, result: RunResult): UserError {
  const reason = result.timedOut ? `no answer for ${task.limits.answerMs / 1000} s` : reasonOf(result);
  const needsLogin =
    /terminal prompts disabled|authentication failed|permission denied|could not read (username|password)/i.test(
      reason,
    );
  return new UserError(`cannot reach ${redact(url)}: ${reason}`, {
    advice: [
      ...(needsLogin
        ? ['the server wants a login: give git a credential helper or an ssh key, nothing is asked for here']
        : []),
      ...waysOut(url),
    ],
  });
}

function offlineError(url: string, what: string): UserError {
  return new UserError(`offline: ${what} of ${redact(url)} was not fetched before`, {
    advice: 'run the task once with a network; what it fetches is kept for all workspaces of this user',
  });
}

/** Addresses that gave an answer in a task. */
const answered = new WeakMap<SourceTask, Set<string>>();

/** Asks a server for refs; fails in seconds if it does not answer. */
async function lsRemote(task: SourceTask, url: string, refs: readonly string[]): Promise<Map<string, string>> {
  const result = await git(task, ['ls-remote', '--quiet', '--', url, ...refs], {
    timeoutMs: task.limits.answerMs,
    env: await sshVariables(task, url),
  });
  if (result.exitCode !== 0) throw unreachable(task, url, result);
  answered.set(task, new Set(answered.get(task)).add(url));
  return new Map(
    result.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t').reverse() as [string, string]),
  );
}

/**
 * The full commit that a recipe's branch or tag stands for now.
 * @throws {UserError} if the server does not answer or has no such branch, tag or commit.
 */
export async function resolveCommit(task: SourceTask, request: GitRequest): Promise<string> {
  const { url, branch, rev } = request;
  if (rev !== undefined && FULL_COMMIT.test(rev)) return rev.toLowerCase();
  if (task.offline) {
    throw new UserError(`offline: cannot ask ${redact(url)} which commit ${rev ?? branch ?? 'its default branch'} is`, {
      advice: 'run update-lock with a network, or name a full commit: rev = "…"',
    });
  }
  if (rev !== undefined) {
    const tag = `refs/tags/${rev}`;
    const refs = await lsRemote(task, url, [tag, `${tag}^{}`, `refs/heads/${rev}`]);
    // A tag with a message is an object of its own; ^{} is the commit it stands for.
    const found = refs.get(`${tag}^{}`) ?? refs.get(tag) ?? refs.get(`refs/heads/${rev}`);
    if (found !== undefined) return found;
    if (SHORT_COMMIT.test(rev)) return resolveShort(task, url, rev);
    throw new UserError(`${redact(url)} has no tag, branch or commit ${JSON.stringify(rev)}`, {
      advice: `git ls-remote ${redact(url)} lists what it has`,
    });
  }
  const ref = branch === undefined ? 'HEAD' : `refs/heads/${branch}`;
  const found = (await lsRemote(task, url, [ref])).get(ref);
  if (found !== undefined) return found;
  throw new UserError(
    branch === undefined
      ? `${redact(url)} has no commit yet`
      : `${redact(url)} has no branch ${JSON.stringify(branch)}`,
    { advice: `git ls-remote ${redact(url)} lists what it has` },
  );
}

/** Servers do not know short names: all commits are asked for, without the files in them. */
async function resolveShort(task: SourceTask, url: string, rev: string): Promise<string> {
  const repository = join(task.store.git, `${storeKey(url)}.commits.git`);
  return withLock(`${repository}.lock`, { signal: task.signal, waiting: task.log }, async () => {
    await initBare(task, repository, 'sha1');
    const result = await git(
      task,
      [
        ...NETWORK,
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--filter=tree:0',
        url,
        '+refs/heads/*:refs/heads/*',
        '+refs/tags/*:refs/tags/*',
      ],
      { cwd: repository, env: await sshVariables(task, url) },
    );
    if (result.exitCode !== 0) throw unreachable(task, url, result);
    const found = await git(task, ['rev-parse', '--verify', '--quiet', `${rev}^{commit}`], { cwd: repository });
    if (found.exitCode === 0) return found.stdout.trim();
    throw new UserError(
      /ambiguous/.test(found.stderr)
        ? `${redact(url)} has several commits that begin with ${rev}`
        : `${redact(url)} has no tag, branch or commit ${JSON.stringify(rev)}`,
      { advice: 'name the full commit: rev = "<40 digits>"' },
    );
  });
}

// Objects are checked as they come in: names such as .git or .. never get into the store.
const FSCK = [
  '-c',
  'fetch.fsckObjects=true',
  ...['badTimezone', 'zeroPaddedFilemode', 'missingSpaceBeforeDate'].flatMap((name) => [
    '-c',
    `fetch.fsck.${name}=ignore`,
  ]),
];
const NETWORK = [
  ...FSCK,
  '-c',
  'http.lowSpeedLimit=100',
  '-c',
  'http.lowSpeedTime=30',
  '-c',
  'gc.auto=0',
  '-c',
  'maintenance.auto=false',
];

// Without it git explains at length how to name the first branch, which none of these repositories ever has.
const BRANCH = ['-c', 'init.defaultBranch=main'];

async function initBare(task: SourceTask, repository: string, format: string): Promise<void> {
  if (!existsSync(join(repository, 'HEAD'))) {
    await mkdir(dirname(repository), { recursive: true });
    // No template: hooks of the user's are for repositories that the user works in.
    await gitOk(task, [...BRANCH, 'init', '--quiet', '--bare', '--template=', `--object-format=${format}`, repository]);
    // Trees borrow objects from here, so nothing may be thrown away.
    await appendFile(join(repository, 'config'), '[gc]\n\tauto = 0\n');
  }
  // What a killed git left behind; the lock says that none is at work.
  const packs = join(repository, 'objects', 'pack');
  for (const name of await readdir(packs).catch(() => [])) {
    if (name.startsWith('tmp_')) await rm(join(packs, name), { force: true });
  }
  for (const name of ['shallow.lock', 'packed-refs.lock']) await rm(join(repository, name), { force: true });
}

/** A repository without anything in it: with it git lists files of a folder that is no repository itself. */
export async function initEmptyRepository(task: SourceTask): Promise<string> {
  const repository = join(task.store.git, 'empty');
  if (!existsSync(join(repository, 'HEAD'))) {
    await withLock(`${repository}.lock`, { signal: task.signal }, () => initBare(task, repository, 'sha1'));
  }
  return repository;
}

const refOf = (commit: string) => `refs/nx-redox/${commit}`;

async function hasCommit(task: SourceTask, repository: string, commit: string): Promise<boolean> {
  if (!existsSync(join(repository, 'HEAD'))) return false;
  // The ref is written after the last object, so it says that the commit is whole.
  return (
    (await git(task, ['rev-parse', '--quiet', '--verify', `${refOf(commit)}^{commit}`], { cwd: repository }))
      .exitCode === 0
  );
}

/**
 * Makes sure that a commit is in the store, with one commit of history or all of it.
 * @returns the bare repository that has it.
 */
async function fetchCommit(
  task: SourceTask,
  url: string,
  commit: string,
  history: boolean,
  env: Record<string, string> = {},
): Promise<string> {
  const base = join(task.store.git, storeKey(url));
  const full = `${base}.full.git`;
  const shallow = `${base}.git`;
  for (const repository of history ? [full] : [shallow, full]) {
    if (await hasCommit(task, repository, commit)) return repository;
  }
  if (task.offline) throw offlineError(url, `commit ${commit}`);
  const waiting = { signal: task.signal, waiting: task.log };
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  const variables = { ...(await sshVariables(task, url)), ...env };
  const fetchInto = (repository: string, ...args: string[]) =>
    git(
      task,
      [...NETWORK, 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', ...args],
      {
        cwd: repository,
        env: variables,
      },
    );

  if (!history) {
    const done = await withLock(`${shallow}.lock`, waiting, async () => {
      if (await hasCommit(task, shallow, commit)) return true;
      await probe(task, url, variables);
      task.log(`fetching ${commit.slice(0, 12)} of ${redact(url)}`);
      await initBare(task, shallow, format);
      const result = await fetchInto(shallow, '--depth=1', url, `+${commit}:${refOf(commit)}`);
      if (result.exitCode === 0) return true;
      if (/not our ref|unadvertised object|couldn't find remote ref|dumb http transport/i.test(result.stderr))
        return false;
      throw unreachable(task, url, result);
    });
    if (done) return shallow;
  }
  // The server gives only what branches and tags name, or the recipe wants the history: all of it.
  await withLock(`${full}.lock`, waiting, async () => {
    if (await hasCommit(task, full, commit)) return;
    await probe(task, url, variables);
    task.log(`fetching the history of ${redact(url)}`);
    await initBare(task, full, format);
    const result = await fetchInto(full, url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*');
    if (result.exitCode !== 0) throw unreachable(task, url, result);
    const known = await git(task, ['cat-file', '-e', `${commit}^{commit}`], { cwd: full });
    if (known.exitCode !== 0) {
      throw new UserError(`${redact(url)} has no commit ${commit}`, {
        advice: [
          'a force push may have removed it: remove recipe.lock and run update-lock',
          'if rev in recipe.toml names it, name another one',
        ],
      });
    }
    await gitOk(task, ['update-ref', refOf(commit), commit], { cwd: full });
  });
  return full;
}

/** git has no time limit for a connection of its own, so a small question goes first. */
async function probe(task: SourceTask, url: string, env: Record<string, string>): Promise<void> {
  if (answered.get(task)?.has(url)) return;
  const result = await git(task, ['ls-remote', '--quiet', '--', url, 'HEAD'], { timeoutMs: task.limits.answerMs, env });
  if (result.exitCode !== 0) throw unreachable(task, url, result);
}

interface TreeEntry {
  type: string;
  oid: string;
  size: number;
  path: string;
}

async function listCommit(task: SourceTask, repository: string, commit: string): Promise<TreeEntry[]> {
  const text = await gitOk(task, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit], { cwd: repository });
  return text
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const tab = line.indexOf('\t');
      const [, type = '', oid = '', size = ''] = line.slice(0, tab).split(/ +/);
      return { type, oid, size: Number(size) || 0, path: line.slice(tab + 1) };
    });
}

/** Counts over a repository and its submodules. */
interface Counts {
  entries: number;
  bytes: number;
}

/**
 * Checks a commit out into the empty or missing folder `dir`, with all submodules. The folder becomes a repository of
 * its own that borrows its objects from the store.
 *
 * @returns folders of the repositories in it, relative to `dir`: `''` and one for each submodule.
 */
export async function checkoutCommit(
  task: SourceTask,
  request: GitRequest,
  commit: string,
  dir: string,
): Promise<string[]> {
  const repositories: string[] = [];
  await checkoutInto(task, request, commit, dir, '', { entries: 0, bytes: 0 }, repositories, {}, 0);
  return repositories;
}

async function checkoutInto(
  task: SourceTask,
  request: GitRequest,
  commit: string,
  root: string,
  at: string,
  counts: Counts,
  repositories: string[],
  env: Record<string, string>,
  depth: number,
): Promise<void> {
  const { url, history, submodules: wanted } = request;
  const bare = await fetchCommit(task, url, commit, history, env);
  const entries = await listCommit(task, bare, commit);
  const origin = `${redact(url)} at ${commit.slice(0, 12)}`;
  for (const entry of entries) {
    counts.bytes += entry.size;
    const unsafe = unsafePath(entry.path);
    if (unsafe !== undefined) throw new UserError(`${origin}: ${JSON.stringify(entry.path)} ${unsafe}`);
  }
  counts.entries += entries.length;
  if (counts.entries > task.limits.entries) throw tooMany(origin, task.limits);
  if (counts.bytes > task.limits.treeBytes) throw tooLarge(origin, task.limits);

  const dir = join(root, at);
  repositories.push(at);
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  await gitOk(task, [...BRANCH, 'init', '--quiet', '--template=', `--object-format=${format}`, dir]);
  const own = join(dir, '.git');
  await mkdir(join(own, 'objects', 'info'), { recursive: true });
  await writeFile(join(own, 'objects', 'info', 'alternates'), `${join(bare, 'objects')}\n`);
  if (existsSync(join(bare, 'shallow'))) await copyFile(join(bare, 'shallow'), join(own, 'shallow'));
  // The same bytes on every machine, whatever the user prefers elsewhere.
  const origins = `[remote "origin"]\n\turl = ${JSON.stringify(withoutCredentials(url))}\n`;
  await appendFile(join(own, 'config'), `[core]\n\tautocrlf = false\n${origins}`);
  await gitOk(task, ['-c', 'core.hooksPath=/dev/null', 'checkout', '--quiet', '--force', '--detach', commit], {
    cwd: dir,
  });

  const all = entries.filter(({ type }) => type === 'commit');
  const unknown = wanted?.find((path) => !all.some((link) => link.path === path));
  if (unknown !== undefined) {
    throw new UserError(`${origin} has no submodule ${unknown}`, {
      advice:
        all.length === 0
          ? 'it has none'
          : didYouMean(
              unknown,
              all.map(({ path }) => path),
              'submodules',
            ),
    });
  }
  const links = wanted === undefined ? all : all.filter(({ path }) => wanted.includes(path));
  if (links.length === 0) return;
  if (depth >= MAX_SUBMODULE_DEPTH)
    throw new UserError(`${origin}: its submodules are more than ${MAX_SUBMODULE_DEPTH} deep`);
  const modules = await submodules(task, bare, commit, origin);
  for (const link of links) {
    const inner = at === '' ? link.path : `${at}/${link.path}`;
    const found = modules.get(link.path);
    if (found === undefined) {
      task.log(
        `${origin}: .gitmodules does not say where the submodule ${link.path} comes from; its folder stays empty`,
      );
      continue;
    }
    if (found.update === 'none') continue;
    await assertPlainWay(root, inner);
    await checkoutInto(
      task,
      { url: submoduleUrl(url, found.url), history },
      link.oid,
      root,
      inner,
      counts,
      repositories,
      // Git's own rule for addresses that a repository and not the user chose: no local ones, no programs.
      { GIT_PROTOCOL_FROM_USER: '0' },
      depth + 1,
    );
  }
}

async function assertPlainWay(root: string, path: string): Promise<void> {
  const parts = path.split('/');
  for (let count = 1; count <= parts.length; count++) {
    const found = await lstat(join(root, ...parts.slice(0, count))).catch(() => undefined);
    if (found?.isSymbolicLink()) throw new UserError(`the submodule ${path} would be written through a symbolic link`);
  }
}

interface Submodule {
  url: string;
  update?: string;
}

async function submodules(
  task: SourceTask,
  repository: string,
  commit: string,
  origin: string,
): Promise<Map<string, Submodule>> {
  const result = await git(task, ['config', '--blob', `${commit}:.gitmodules`, '-z', '--list'], { cwd: repository });
  if (result.exitCode !== 0) return new Map();
  const byName = new Map<string, Record<string, string>>();
  for (const line of result.stdout.split('\0')) {
    const [, name, key, value] = /^submodule\.([^]*)\.(\w+)\n([^]*)$/.exec(line) ?? [];
    if (name === undefined || key === undefined || value === undefined) continue;
    byName.set(name, { ...byName.get(name), [key]: value });
  }
  const found = new Map<string, Submodule>();
  for (const [name, { path, url, update }] of byName) {
    if (path === undefined || url === undefined) continue;
    if (url.startsWith('-')) throw new UserError(`${origin}: the URL of submodule ${name} looks like an option`);
    found.set(path.replace(/\/$/, ''), { url, update });
  }
  return found;
}

/** A submodule's URL; a relative one begins at the URL of its parent (gitsubmodules(7)). */
export function submoduleUrl(parent: string, url: string): string {
  if (!url.startsWith('./') && !url.startsWith('../')) return url;
  let base = parent.replace(/\/+$/, '');
  let rest = url;
  for (;;) {
    if (rest.startsWith('./')) {
      rest = rest.slice(2);
    } else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      const cut = Math.max(base.lastIndexOf('/'), base.includes('://') ? -1 : base.lastIndexOf(':'));
      const separator = base[cut];
      base = base.slice(0, Math.max(cut, 0));
      if (separator === ':') return `${base}:${rest}`;
    } else {
      return `${base}/${rest}`;
    }
  }
}

/** A URL after the user's `insteadOf`, which counts for archives too. */
export async function mirroredUrl(task: SourceTask, url: string): Promise<string> {
  const result = await git(task, ['ls-remote', '--get-url', url]).catch(() => undefined);
  task.signal?.throwIfAborted();
  return (result?.exitCode === 0 && result.stdout.trim()) || url;
}
