import type { Work } from '../progress';

/** Work for tests: keeps what would be shown. */
export function quietWork(signal?: AbortSignal): Work & { lines: string[] } {
  const lines: string[] = [];
  const step = (label: string) => ({
    update: () => undefined,
    done: (text: string) => void lines.push(`${label}: ${text}`),
  });
  return { signal, step, lines };
}
