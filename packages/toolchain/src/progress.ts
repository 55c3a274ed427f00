import { createProgress, type Progress } from '@nx-redox/kit';
/** What every long function of this package gets: how to stop it and where to tell how far it is. */
export interface Work {
  signal?: AbortSignal;
  /** Starts the progress display of one step. */
  step: (label: string) => Progress;
}

/** Work that shows its progress on standard error. */
export function visibleWork(signal?: AbortSignal): Work {
  return { signal, step: (label) => createProgress(label) };
}

/** Bytes as megabytes (10^6), for progress lines. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
