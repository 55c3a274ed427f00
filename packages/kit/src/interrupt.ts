import { UserError } from './user-error';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let controller: AbortController | undefined;

/** Thrown (as the abort reason) when the user or Nx stops the task. */
export class Interrupted extends UserError {
  constructor(readonly signal: string) {
    super(`stopped by ${signal}`);
  }
}

/**
 * A signal of this process that fires once on SIGINT, SIGTERM or SIGHUP, or when the Nx that forked us is gone.
 * The handlers stay for the rest of the process: a second Ctrl-C falls back to the system's default.
 */
export function interruptSignal(): AbortSignal {
  if (!controller) {
    const created = new AbortController();
    controller = created;
    for (const name of SIGNALS) {
      process.once(name, () => created.abort(new Interrupted(name)));
    }
    // Nx forks executors with an IPC channel: when Nx itself is killed, its end is all they see.
    process.once('disconnect', () => created.abort(new Interrupted('the end of Nx')));
  }
  return controller.signal;
}
