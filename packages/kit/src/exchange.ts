import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Numbers of renameat2(2), which Node does not call. */
const RENAMEAT2: Partial<Record<NodeJS.Architecture, number>> = { x64: 316, arm64: 276, riscv64: 276 };
/** Paths from the current folder, and the flag RENAME_EXCHANGE. */
const PROGRAM = 'exit(syscall($ARGV[0] + 0, -100, $ARGV[1], -100, $ARGV[2], 2) == 0 ? 0 : $! + 0)';

let works = process.platform === 'linux' && RENAMEAT2[process.arch] !== undefined;

/**
 * Exchanges two files or folders of one file system in one step, so that nobody ever finds neither. Perl is what every
 * Linux distribution has that can make any system call.
 *
 * @returns false if that is not possible here; then nothing has changed.
 */
export async function exchange(a: string, b: string): Promise<boolean> {
  if (!works) return false;
  try {
    await promisify(execFile)('perl', ['-e', PROGRAM, String(RENAMEAT2[process.arch]), a, b], {
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    });
    return true;
  } catch (error) {
    // ENOENT (2) is about these paths; all else (no perl, an old kernel or file system) will be so the next time, too.
    if ((error as { code?: unknown }).code !== 2) works = false;
    return false;
  }
}
