import type { GuestWords } from '@nx-redox/kit';
import { compilePattern, type Pattern } from '@nx-redox/kit/pattern';

/** {@link GuestWords}, ready for use. */
export type GuestPatterns = Record<Exclude<keyof GuestWords, 'exit'>, Pattern>;

export function guestPatterns(words: GuestWords): GuestPatterns {
  const { exit: _, ...patterns } = words;
  return Object.fromEntries(
    Object.entries(patterns).map(([name, source]) => [name, compilePattern(source)]),
  ) as GuestPatterns;
}
