import type { z } from 'zod';
import { didYouMean } from '../toml/suggest';
import { UserError } from '../user-error';

type Issue = z.core.$ZodIssue;

/** `stages[2].timeout` */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** What was given at a place; undefined if there is nothing. */
function valueAt(options: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], options);
}

function explain(issue: Issue, options: unknown, known: readonly string[]): { what: string; advice?: string } {
  const place = placeOf(issue.path);
  const value = valueAt(options, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys as [string];
    if (place !== '') return { what: `option ${place} has no "${key}"`, advice: 'leave it out' };
    return { what: `there is no option ${key}`, advice: didYouMean(key, known, 'options') };
  }
  if (value === undefined) return { what: `option ${place} is missing` };
  if (issue.code === 'invalid_value') {
    return {
      what: `option ${place} is ${JSON.stringify(value)}`,
      advice: `use one of: ${issue.values.map(String).join(', ')}`,
    };
  }
  const shown = typeof value === 'object' ? '' : ` is ${JSON.stringify(value)}`;
  return { what: `option ${place}${shown}: ${issue.message}` };
}

/**
 * Checks options and fills defaults in.
 *
 * @param who the target or generator that they are for, as the user calls it.
 * @throws {UserError} naming `who` and the first option that does not fit.
 */
export function parseOptions<S extends z.ZodType>(schema: S, options: unknown, who: string): z.output<S> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const { what, advice } = explain(
    result.error.issues[0]!,
    options,
    Object.keys('shape' in schema ? (schema.shape as object) : {}),
  );
  throw new UserError(`${who}: ${what}`, advice === undefined ? {} : { advice });
}
