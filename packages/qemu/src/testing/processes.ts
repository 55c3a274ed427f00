import { run } from '@nx-redox/kit';
/** Running QEMU processes that were started in a folder. */
export async function qemusIn(folder: string): Promise<string[]> {
  // From `ps` and not by kill(pid, 0): an ended orphan stays a zombie where nobody reaps it.
  const { stdout } = await run('ps', ['-eo', 'pid=,stat=,comm=']);
  const pids = stdout
    .split('\n')
    .filter((line) => /^\s*\d+\s+[^Z]\S*\s+qemu-system/.test(line))
    .map((line) => line.trim().split(/\s+/)[0]!);
  const here = await Promise.all(
    pids.map(async (pid) => (await run('readlink', [`/proc/${pid}/cwd`])).stdout.trim() === folder),
  );
  return pids.filter((_, i) => here[i]);
}
