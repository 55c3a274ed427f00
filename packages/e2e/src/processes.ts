import { readdir, readFile, readlink } from 'node:fs/promises';

/** A program that runs. */
export interface RunningProgram {
  pid: number;
  /** Its command line. */
  args: string[];
}

/** Programs that run in a folder or below it; zombies do not run. */
export async function runningIn(root: string, program = /./): Promise<RunningProgram[]> {
  const found: RunningProgram[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // A process may end while we look at it.
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (!`${cwd}/`.startsWith(`${root}/`)) continue;
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').slice(0, -1);
    if (program.test(args[0] ?? '')) found.push({ pid: Number(pid), args });
  }
  return found;
}
