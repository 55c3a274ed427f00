import { join } from 'node:path';
import { redact, run, type RunResult, SAFE_GIT, UserError, visible } from '@nx-redox/kit';
import { devNull } from 'node:os';
import type { SourceTask } from '../task';

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

interface GitOptions {
  cwd?: string;
  input?: string;
  env?: Record<string, string | undefined>;
  timeoutMs?: number;
}

async function runGit(
  task: SourceTask,
  args: readonly string[],
  options: GitOptions,
  env: Record<string, string | undefined>,
): Promise<RunResult> {
  return run('git', [...SAFE_GIT, ...args], {
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
      ...env,
      ...options.env,
    },
  });
}

/** Runs git with the user's settings, without ever asking a question: for what goes over the network. */
export async function userGit(task: SourceTask, args: readonly string[], options: GitOptions = {}): Promise<RunResult> {
  return runGit(task, args, options, {});
}

/** What decides about bytes and names in a tree, where git would ask the machine or the user. */
const SAME_EVERYWHERE = [
  'core.autocrlf=false',
  'core.safecrlf=false',
  'core.eol=lf',
  'core.symlinks=true',
  `core.attributesFile=${devNull}`,
  `core.excludesFile=${devNull}`,
  // The folders are ours; file systems that show them as somebody else's (containers, WSL) make no difference.
  'safe.directory=*',
].flatMap((setting) => ['-c', setting]);

/**
 * Runs git on this machine without anybody's settings: neither attributes, filters, line ends nor hooks of the user
 * have a part in what a tree holds.
 */
export async function git(task: SourceTask, args: readonly string[], options: GitOptions = {}): Promise<RunResult> {
  const nowhere = join(task.store.root, 'no-settings');
  return runGit(task, [...SAME_EVERYWHERE, ...args], options, {
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_SYSTEM: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    // git before 2.32 knows only these; there is no such folder.
    HOME: nowhere,
    XDG_CONFIG_HOME: nowhere,
    GIT_CONFIG_PARAMETERS: undefined,
    GIT_CONFIG_COUNT: undefined,
    GIT_TEMPLATE_DIR: undefined,
    GIT_EXTERNAL_DIFF: undefined,
  });
}

/** As {@link git}, for commands that do not fail unless something is broken. */
export async function gitOk(task: SourceTask, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const result = await git(task, args, options);
  if (result.exitCode !== 0)
    throw new UserError(
      `git ${args.find((arg, index) => arg !== '-c' && args[index - 1] !== '-c')} failed: ${reasonOf(result)}`,
    );
  return result.stdout;
}

/** The lines of git's errors that say why, without secrets. */
export function reasonOf(result: RunResult): string {
  const lines = result.stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /^(fatal|error|remote|ssh|ERROR):/i.test(line));
  const chosen = (telling.length > 0 ? telling : lines).slice(-4);
  return (
    visible(redact(chosen.map((line) => line.replace(/^(fatal|error): /, '')).join('; '))) ||
    `exit status ${result.exitCode}`
  );
}
