import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { SAFE_GIT, shellQuote } from '@nx-redox/kit/git';

const execFileAsync = promisify(execFile);

/** git that reads and nothing else: no lock files, no hooks, no programs that a repository's settings name. */
const GIT = ['git', ...SAFE_GIT, '-c', 'core.quotePath=false'].map(shellQuote).join(' ');

/** Calls of git, by names for their answers. */
type Calls = Readonly<Record<string, readonly string[]>>;
/** What git says to each; undefined for one that fails. */
type Answers<C extends Calls> = Record<keyof C, string | undefined>;

/**
 * What git says in a folder to each of some calls, one after the other.
 *
 * @param extra variables of git's own, such as another index.
 * @throws if nothing can be started in the folder.
 */
export async function readGit<C extends Calls>(
  dir: string,
  calls: C,
  extra: NodeJS.ProcessEnv = {},
): Promise<Answers<C>> {
  return (await readInShell([dir], calls, extra))[0]!;
}

/**
 * What git says to the same calls in each of some folders. Few shells run them all, since each start of a process costs a
 * large one, as Nx is, 4 ms.
 */
export async function readGitOfEach<C extends Calls>(dirs: readonly string[], calls: C): Promise<Answers<C>[]> {
  const size = Math.ceil(dirs.length / Math.min(availableParallelism(), 4));
  const groups = dirs.flatMap((_, at) => (at % size === 0 ? [dirs.slice(at, at + size)] : []));
  return (await Promise.all(groups.map((group) => readInShell(group, calls)))).flat();
}

async function readInShell<C extends Calls>(
  dirs: readonly string[],
  calls: C,
  extra: NodeJS.ProcessEnv = {},
): Promise<Answers<C>[]> {
  // A replaced object (git-replace(1)) is another one than its name says.
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_NO_REPLACE_OBJECTS: '1', LC_ALL: 'C' };
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX']) delete env[name];
  // After each answer comes a line of its own with the exit code.
  const mark = randomUUID();
  const commands = Object.values(calls).map((args) => args.map(shellQuote).join(' '));
  const script = dirs.flatMap((dir) =>
    commands.map((args) => `${GIT} -C ${shellQuote(dir)} ${args} </dev/null; printf '%s%d\\n' ${mark} $?\n`),
  );
  const running = execFileAsync('sh', ['-s'], { env: { ...env, ...extra }, maxBuffer: 1 << 30 });
  // A shell that could not start says so below.
  running.child.stdin!.on('error', () => undefined);
  running.child.stdin!.end(script.join(''));
  const { stdout } = await running;
  let at = 0;
  const next = (): string | undefined => {
    const end = stdout.indexOf(mark, at);
    const lineEnd = stdout.indexOf('\n', end);
    if (end < 0 || lineEnd < 0) throw new Error(`git was interrupted in ${dirs.join(', ')}`);
    const answer = stdout.slice(at, end);
    const isOk = stdout.slice(end + mark.length, lineEnd) === '0';
    at = lineEnd + 1;
    return isOk ? answer : undefined;
  };
  return dirs.map(() => Object.fromEntries(Object.keys(calls).map((name) => [name, next()])) as Answers<C>);
}
