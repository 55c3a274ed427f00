import { endWithUs, signalGroup } from '@nx-redox/kit';
import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { MachineExit } from './boot-judge';

/** How long QEMU may take to end after SIGTERM, in milliseconds. */
const KILL_AFTER = 2000;
/** How much of QEMU's own messages is kept, in characters. */
const MESSAGES = 16 * 1024;

/** Waits until the program runs. @throws {NodeJS.ErrnoException} if it cannot be run. */
export function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid as number));
    child.once('error', reject);
  });
}

/** A running QEMU whose serial line is ours. */
export interface CapturedQemu {
  /** The guest's serial output. */
  serial: Readable;
  /** Types on the guest's serial line. */
  type(text: string): void;
  /** The connection to QEMU's machine protocol. */
  qmp: Duplex;
  /** Settles when QEMU has ended and all its output has been read. */
  exit: Promise<MachineExit>;
  /** QEMU's own messages (standard error). */
  messages(): string;
  /** Ends QEMU: SIGTERM, and SIGKILL if that does not help. */
  stop(): Promise<void>;
}

/**
 * Starts QEMU as a direct child in a process group of its own. It ends with {@link CapturedQemu.stop}, when this
 * process exits, and when this process is killed (see `endWithUs` of kit).
 * @throws {NodeJS.ErrnoException} if the program cannot be run.
 */
export async function startCaptured(command: readonly [string, ...string[]], cwd: string): Promise<CapturedQemu> {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const [keyboard, serial, errors, qmp] = child.stdio as unknown as [Writable, Readable, Readable, Duplex];
  // A QEMU that has ended is noticed by its exit.
  for (const end of [keyboard, qmp]) end.on('error', () => undefined);
  const exit = new Promise<MachineExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const pid = await spawned(child);
  const release = endWithUs(pid);
  const killNow = () => signalGroup(pid, 'SIGKILL');
  process.once('exit', killNow);

  let messages = '';
  errors.setEncoding('utf8').on('data', (text: string) => {
    messages = (messages + text).slice(-MESSAGES);
  });

  let ended = false;
  const ending = exit.then(() => {
    ended = true;
    process.removeListener('exit', killNow);
    release();
  });
  return {
    serial,
    type: (text) => void keyboard.write(text),
    qmp,
    exit,
    messages: () => messages,
    async stop() {
      if (ended) return;
      signalGroup(pid, 'SIGTERM');
      const timer = setTimeout(killNow, KILL_AFTER);
      await ending;
      clearTimeout(timer);
    },
  };
}
