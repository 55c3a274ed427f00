import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { UserError } from '@nx-redox/kit';

export interface ExecOptions {
  /** Variables added to (or, if undefined, removed from) this process's environment. */
  env?: Record<string, string | undefined>;
  /** File descriptor for standard output. */
  stdout?: number;
}

/**
 * Runs a program in this one's place, as well as node can: with its terminal, and its exit status is the result.
 *
 * @throws {UserError} if it cannot be run.
 */
export function execute(
  program: string,
  args: readonly string[],
  { env = {}, stdout }: ExecOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = { ...process.env, ...env };
    const child = spawn(program, args, {
      stdio: ['inherit', stdout ?? 'inherit', 'inherit'],
      env: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(new UserError(`cannot run ${program}: ${error.code ?? error.message}`));
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal!] ?? 0)));
  });
}
