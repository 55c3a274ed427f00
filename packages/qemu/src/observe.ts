import { UserError } from '@nx-redox/kit';
import { qemuMissing } from './qemu-program';
import { firmwareFailures } from './firmware';
import { inspectMachine, type MachineState } from './inspect';
import type { BootOptions } from './options';
import { startCaptured, type CapturedQemu } from './qemu-process';
import { Qmp } from './qmp';
import { SerialLog } from './serial-log';
import { BootJudge, type MachineExit, type BootStageState } from './boot-judge';

/** What the run itself brought to light, before it is explained. */
export interface Observation {
  judge: BootJudge;
  log: SerialLog;
  seconds: number;
  exit: MachineExit | null;
  interrupted: unknown;
  machine: MachineState | undefined;
  messages: string;
  version: string | undefined;
}

/** Who watches a run. */
export interface Observer {
  /** A stage was reached; `enough`: QEMU may end. */
  stage?(stage: BootStageState, index: number): 'enough' | void;
  /** What came on the serial line. */
  output?(bytes: Uint8Array): void;
}

/**
 * Runs QEMU until the boot is judged, the observer has seen enough, or `signal` fires. QEMU has ended when this returns
 * or throws.
 *
 * @throws {UserError} if QEMU cannot be run.
 */
export async function observe(
  options: Pick<BootOptions, 'arch' | 'source' | 'guest' | 'stages' | 'timeout' | 'fail'>,
  command: readonly [string, ...string[]],
  root: string,
  signal: AbortSignal | undefined,
  observer: Observer = {},
): Promise<Observation> {
  const log = new SerialLog();
  let judged!: () => void;
  const judgement = new Promise<void>((resolve) => (judged = resolve));
  const { arch, source, stages, timeout, guest } = options;
  const fail = [...options.fail, ...firmwareFailures(arch, source.method)];
  const listener = {
    stage(stage: BootStageState, index: number) {
      const { send } = stages[index]!;
      if (send !== undefined) qemu.type(send);
      if (observer.stage?.(stage, index) === 'enough') judged();
    },
    judged,
  };
  const judge: BootJudge = new BootJudge(stages, guest.exit, fail, listener, timeout);
  const start = performance.now();
  /** Seconds in which this process did not run, although its time had come. */
  let stalled = 0;
  const now = () => (performance.now() - start) / 1000 - stalled;
  let qemu: CapturedQemu;
  try {
    qemu = await startCaptured(command, root);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw qemuMissing(arch, code === 'ENOENT' ? 'not found' : message);
  }

  let timer: NodeJS.Timeout | undefined;
  let look: NodeJS.Immediate | undefined;
  let exit: MachineExit | null = null;
  let interrupted: unknown;
  const stop = () => {
    interrupted = signal?.reason;
    judged();
  };
  try {
    const qmp = new Qmp(qemu.qmp);
    const arm = () => {
      clearTimeout(timer);
      const next = judge.nextTick();
      if (next === undefined || look) return;
      const due = () => {
        // A stopped or starved process is not the guest's fault: that time does not count, and what the guest wrote
        // meanwhile is read before it is judged.
        stalled += Math.max(0, now() - next);
        look = setImmediate(() => {
          look = undefined;
          judge.tick(now());
          arm();
        });
      };
      timer = setTimeout(due, Math.max(0, Math.ceil((next - now()) * 1000)));
    };
    qemu.serial.on('data', (bytes: Buffer) => {
      log.add(bytes);
      observer.output?.(bytes);
      judge.feed(bytes, now());
      arm();
    });
    void qemu.exit.then((ended) => {
      const how = { ...ended, reset: qmp.shutdownReason === 'guest-reset' };
      exit = how;
      // QEMU obeys signals, of Nx for instance, and then ends as if the guest had turned it off.
      const terminated = /terminating on signal \d+/.exec(qemu.messages())?.[0];
      if (terminated && !judge.judgement) interrupted ??= new UserError(`somebody ended QEMU (${terminated})`);
      if (!interrupted) judge.exit(now(), how);
      judged();
    });
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    arm();
    await judgement;
    const seconds = now();
    clearTimeout(timer);
    clearImmediate(look);
    const machine = judge.judgement?.verdict === 'timeout' ? await inspectMachine(qmp) : undefined;
    // What happens from here on is our doing and says nothing about the guest.
    const ownExit = exit;
    const messages = qemu.messages();
    await qemu.stop();
    return {
      judge,
      log,
      seconds,
      exit: ownExit,
      interrupted,
      machine,
      messages,
      version: qmp.version,
    };
  } finally {
    clearTimeout(timer);
    clearImmediate(look);
    signal?.removeEventListener('abort', stop);
    await qemu.stop();
  }
}
