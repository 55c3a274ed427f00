import { endWithUs } from '@nx-redox/kit';
import { spawn } from 'node:child_process';
import { speedOf } from './accelerator';
import { prepareFiles } from './boot-files';
import { qemuCommand } from './command';
import { qemuMissing } from './qemu-program';
import type { BootContext } from './boot-context';
import { parseMachineOptions, type MachineInput } from './options';
import { spawned } from './qemu-process';
import { describeExit, type MachineExit } from './boot-judge';

/**
 * Boots a system with its serial line on this process's terminal and waits until QEMU ends:
 * Ctrl-A x ends it, Ctrl-A c is its monitor, Ctrl-C goes to the guest.
 *
 * @returns how QEMU ended
 * @throws {UserError} if the options are wrong, a file is missing or QEMU is not installed; the reason of `signal` if
 * that fired.
 */
export async function runSystem(input: MachineInput, context: BootContext): Promise<MachineExit> {
  const { workspaceRoot: root, signal, out = process.stdout } = context;
  signal?.throwIfAborted();
  const options = parseMachineOptions(input);
  const files = await prepareFiles(root, options, signal);
  const speed = await speedOf(options);
  const command = qemuCommand(options, files, 'terminal', speed.by);
  out.write(`${options.system} on ${options.arch}: Ctrl-A x leaves it, Ctrl-A c switches to QEMU's monitor and back\n`);

  const [program, ...args] = command;
  // In our process group: only the terminal's foreground group may read from it.
  const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
  const ended = new Promise<MachineExit>((resolve) => {
    child.once('exit', (code, name) => resolve({ code, signal: name }));
  });
  let pid: number;
  try {
    pid = await spawned(child);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw qemuMissing(options.arch, code === 'ENOENT' ? 'not found' : message);
  }
  const release = endWithUs(pid);
  // SIGTERM, since QEMU must give the terminal its settings back.
  const stop = () => void child.kill('SIGTERM');
  process.once('exit', stop);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const exit = await ended;
    signal?.throwIfAborted();
    out.write(`\n${exit.code === 0 ? 'QEMU has ended' : describeExit(exit, options.guest.exit)}\n`);
    return exit;
  } finally {
    process.removeListener('exit', stop);
    signal?.removeEventListener('abort', stop);
    release();
  }
}
