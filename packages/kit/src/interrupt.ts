import { UserError } from './user-error';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Thrown (as the abort reason) when the user or Nx stops the task. */
export class Interrupted extends UserError {
  constructor(readonly signal: string) {
    super(`stopped by ${signal}`);
  }
}

/** Listens for what stops this process, for as long as work is going on. */
export interface Interruption {
  /** Fires once on SIGINT, SIGTERM or SIGHUP, or when the Nx that forked us is gone. */
  signal: AbortSignal;
  /** Stops listening: from now on a signal ends the process, as it ends one that has nothing to do. */
  release(): void;
}

/**
 * Starts to listen for what stops this process. A second Ctrl-C falls back to the system's default.
 *
 * The caller releases it when the work is done. Nx keeps batch workers after their work and ends them by SIGTERM: one
 * that still caught it would stay, and Nx would wait seconds for it.
 */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const listeners: [string, () => void][] = SIGNALS.map((name) => [name, () => stop(name)]);
  // Nx forks executors with an IPC channel: when Nx itself is killed, its end is all they see.
  listeners.push(['disconnect', () => stop('the end of Nx')]);
  const release = () => {
    for (const [name, listener] of listeners) process.removeListener(name, listener);
  };
  const stop = (name: string) => {
    release();
    controller.abort(new Interrupted(name));
  };
  for (const [name, listener] of listeners) process.once(name, listener);
  return { signal: controller.signal, release };
}

/** Runs `body` with a signal that fires when the user or Nx stops this process. */
export async function interruptible<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, release } = listenForInterruption();
  try {
    return await body(signal);
  } finally {
    release();
  }
}
