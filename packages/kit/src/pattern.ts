import type { RE2JS } from 're2js';

/** Where a pattern matched a text: offsets of the match, and its named groups. */
export interface PatternMatch {
  start: number;
  end: number;
  /** Text of each named group that took part. */
  groups: Readonly<Record<string, string>>;
}

/** A regular expression from outside. Searching takes time linear in the text, whatever the pattern is. */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
  /** The first match at or behind `from`. */
  find(text: string, from?: number): PatternMatch | undefined;
}

/** Says why a pattern cannot be used, in words that follow "the pattern". */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** What who wrote the pattern can do. */
export const PATTERN_ADVICE =
  'patterns are regular expressions of RE2 (github.com/google/re2/wiki/Syntax); characters such as ( [ * + ? . need a \\ to stand for themselves';

// Loaded when a pattern is compiled: the project graph imports this module and mostly compiles none.
let engine: typeof import('re2js') | undefined;
const re2 = () => (engine ??= require('re2js') as typeof import('re2js'));

const FOREIGN: readonly [RegExp, string][] = [
  [/`\(\?[=!]|`\(\?<[=!]/, 'looks ahead or behind with "(?=", "(?!", "(?<=" or "(?<!", which takes unbounded time'],
  [/escape sequence: `\\(?:[1-9]|k)/, 'refers back to a group with "\\1" or "\\k", which takes unbounded time'],
];

function explain(message: string): string {
  const known = FOREIGN.find(([sign]) => sign.test(message))?.[1];
  return known ?? `is not a regular expression: ${message.replace(/^error parsing regexp: /, '')}`;
}

/**
 * Compiles a regular expression with RE2's syntax: what would need backtracking (lookaround, back references) is
 * refused, so no pattern can take the time of everything else away.
 *
 * @throws {PatternError} if it is not one, or matches the empty text.
 */
export function compilePattern(source: string): Pattern {
  const { RE2JS, RE2JSException } = re2();
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) throw new PatternError(explain(error.message));
    throw error;
  }
  if (compiled.test('')) throw new PatternError('matches the empty text, so every line would match');
  const names = Object.keys(compiled.namedGroups());
  return {
    source,
    test: (text) => compiled.test(text),
    find(text, from = 0) {
      if (from > text.length) return undefined;
      const matcher = compiled.matcher(text);
      if (!matcher.find(from)) return undefined;
      const groups = names.flatMap((name) => {
        const value = matcher.group(name);
        return value === null ? [] : [[name, value] as const];
      });
      return { start: matcher.start(), end: matcher.end(), groups: Object.fromEntries(groups) };
    },
  };
}

/** Why a text cannot be a pattern, in words that follow "the pattern"; undefined if it can. */
export function patternProblem(source: string): string | undefined {
  try {
    compilePattern(source);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}
