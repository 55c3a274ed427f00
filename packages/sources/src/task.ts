import type { TreeLimits } from '@nx-redox/kit';
import type { DownloadLimits } from '@nx-redox/kit/download';
import { sourceStore, type Store } from './store';

/** Bounds against sources made to fill a disk, and against servers that do not answer. */
export type Limits = TreeLimits & DownloadLimits;

export const LIMITS: Limits = {
  entries: 1_000_000,
  treeBytes: 16e9,
  archiveBytes: 8e9,
  answerMs: 15_000,
  silenceMs: 30_000,
};

/** What every step of a fetch gets. */
export interface SourceTask {
  store: Store;
  /** No network: only what is in the store, or on this machine. */
  offline: boolean;
  signal?: AbortSignal;
  limits: Limits;
  /** Shows a line to the user. */
  log: (line: string) => void;
  /** Variables for child processes, over those of this process. */
  env: Record<string, string | undefined>;
}

const TRUE = /^(1|true|yes|on)$/i;

/** A task with this process's environment; `REDOX_OFFLINE` or the cookbook's `COOKBOOK_OFFLINE` keep it off the network. */
export function sourceTask(options: Partial<SourceTask> = {}): SourceTask {
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
  return {
    store: sourceStore(env),
    offline: TRUE.test(env['REDOX_OFFLINE'] ?? '') || TRUE.test(env['COOKBOOK_OFFLINE'] ?? ''),
    limits: LIMITS,
    log: (line) => process.stdout.write(`${line}\n`),
    env: {},
    ...options,
  };
}
