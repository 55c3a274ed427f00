import type { GuestWords } from '@nx-redox/kit';
import { compilePattern, type Pattern } from '@nx-redox/kit/pattern';

/** {@link GuestWords}, ready for use. */
export type GuestPatterns = Record<Exclude<keyof GuestWords, 'exit'>, Pattern>;

export function guestPatterns(words: GuestWords): GuestPatterns {
  const patterns = Object.entries(words).flatMap(([name, source]) =>
    name === 'exit' ? [] : [[name, compilePattern(source as string)] as const],
  );
  return Object.fromEntries(patterns) as GuestPatterns;
}
