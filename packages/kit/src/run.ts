import { basename } from 'node:path';
import { endWithUs } from './end-with-us';
import { UserError } from './user-error';

/** A program that has run so long, in milliseconds, is ended with us whatever ends us. Most are done before. */
const GUARD_AFTER = 100;
/** These take long, and start others that do. */
const GUARDED_AT_ONCE = /^(cargo|bash|make)$/;

export interface RunOptions {
  cwd?: string;
  /** Variables added to (or, if undefined, removed from) this process's environment. */
  env?: Record<string, string | undefined>;
  /** Ends the program and all its children when it fires. */
  signal?: AbortSignal;
  /** Text for standard input; without it the program reads end-of-file. */
  input?: string | Uint8Array;
  /** Called for each line as it comes, without its line end. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  timeoutMs?: number;
  /** How long the program may take to end by itself after SIGTERM, in milliseconds. */
  killAfterMs?: number;
  /** Advice for the error that is thrown when the program is not installed. */
  missing?: string | readonly string[];
}

export interface RunResult {
  /** Exit status; 128 + signal number would be a shell's invention, so a killed program has -1. */
  exitCode: number;
  signal?: string;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

/** Sends a signal to a whole process group; a group that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs a program (argv, no shell) in a process group of its own and waits for its end.
 * An exit status other than 0 is a result, not an error.
 *
 * @throws {UserError} if the program is not installed; the reason of `signal` if that fired.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { cwd, env, signal, input, onLine, timeoutMs, killAfterMs = 3000, missing } = options;
  signal?.throwIfAborted();
  // Loaded when it is needed: the project graph imports this package and starts no program.
  const { execa } = await import('execa');
  const child = execa(command, args, {
    cwd,
    env,
    input,
    stdin: input === undefined ? 'ignore' : undefined,
    reject: false,
    // A group of its own, so that cargo's rustc or a shell's children end with it.
    detached: true,
    cleanup: false,
    stripFinalNewline: false,
    maxBuffer: 256 * 1024 * 1024,
  });

  const pid = child.pid;
  let timedOut = false;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = () => {
    if (pid === undefined) return;
    signalGroup(pid, 'SIGTERM');
    killTimer ??= setTimeout(() => signalGroup(pid, 'SIGKILL'), killAfterMs);
  };
  const killNow = () => pid !== undefined && signalGroup(pid, 'SIGKILL');
  const timeout = timeoutMs === undefined ? undefined : setTimeout(() => ((timedOut = true), stop()), timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  process.once('exit', killNow);
  let release: (() => void) | undefined;
  const startGuard = (): void => {
    if (pid !== undefined) release = endWithUs(-pid);
  };
  const isGuarded = GUARDED_AT_ONCE.test(basename(command));
  if (isGuarded) startGuard();
  const guardTimer = isGuarded ? undefined : setTimeout(startGuard, GUARD_AFTER);
  // The signal may have fired between the check above and the listener.
  if (signal?.aborted) stop();

  try {
    if (onLine) {
      const read = async (stream: 'stdout' | 'stderr') => {
        for await (const line of child.iterable({ from: stream })) onLine(String(line), stream);
      };
      await Promise.all([read('stdout'), read('stderr')]);
    }
    const result = await child;
    // The program may have ended and left children behind.
    if (pid !== undefined && (signal?.aborted || timedOut)) signalGroup(pid, 'SIGKILL');
    signal?.throwIfAborted();
    if (result.code === 'ENOENT' || result.code === 'EACCES') {
      throw new UserError(`cannot run ${command}: ${result.code === 'ENOENT' ? 'not found' : 'not executable'}`, {
        advice: missing ?? `install ${command} or add its folder to PATH`,
      });
    }
    if (result.exitCode === undefined && result.signal === undefined) {
      throw new UserError(`cannot run ${command}: ${result.shortMessage}`);
    }
    return {
      exitCode: result.exitCode ?? -1,
      signal: result.signal,
      stdout: result.stdout,
      stderr: result.stderr,
      timedOut,
    };
  } finally {
    clearTimeout(timeout);
    clearTimeout(killTimer);
    clearTimeout(guardTimer);
    release?.();
    signal?.removeEventListener('abort', stop);
    process.removeListener('exit', killNow);
  }
}
