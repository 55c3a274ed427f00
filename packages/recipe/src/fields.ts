import { type Backend, BACKENDS } from '@nx-redox/kit/target';
import {
  describeValue,
  isTable,
  optional,
  type Rule,
  string,
  table,
  wrongType,
  schemaOf,
  withSchema,
} from '@nx-redox/kit/toml';
/* Values that recipe.toml and system.toml have in common. */

/** A path that stays in the folder where it begins. */
export const relativePath = string((value) => {
  if (value === '') return 'must not be empty';
  if (value.startsWith('/')) return 'must be a relative path, without a leading /';
  if (value.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'must be a plain path without ., .. or //';
  return undefined;
});

/** `recipe:path/in/its/stage`, or a path without a colon. */
export const stagedPath: Rule<{ recipe?: string; path: string }> = withSchema(
  () => ({ type: 'string' }),
  (value, path, report) => {
    if (typeof value !== 'string') return wrongType(report, path, 'a string', value);
    const colon = value.indexOf(':');
    const name = colon < 0 ? undefined : value.slice(0, colon);
    const inside = relativePath(value.slice(colon + 1), path, report);
    if (inside === undefined) return undefined;
    if (name === '') {
      return report({
        path,
        message: `${describeValue(value)} has no recipe before the colon`,
        advice: ['write "recipe:path/in/its/stage", or a path of this recipe without a colon'],
      });
    }
    return { ...(name === undefined ? {} : { recipe: name }), path: inside };
  },
);

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** A size in bytes: a whole number, or text such as "96 KiB". */
const byteSize: Rule<number> = withSchema(
  () => ({ type: ['integer', 'string'] }),
  (value, path, report) => {
    const [, amount, unit] = (typeof value === 'string' && /^(\d+(?:\.\d+)?) ?(B|[KMG]iB)$/.exec(value)) || [];
    const bytes = unit === undefined ? value : Math.floor(Number(amount) * UNITS[unit]!);
    if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
    return wrongType(report, path, 'a number of bytes, or text such as "96 KiB" or "1.5 MiB"', value);
  },
);

const budgets = table(Object.fromEntries(BACKENDS.map((backend) => [backend, optional(byteSize)]))) as Rule<
  Partial<Record<Backend, number>>
>;

/** How many bytes something may have, by backend: one size for both, or a table. */
export const budget: Rule<Partial<Record<Backend, number>>> = withSchema(
  () => ({ anyOf: [schemaOf(byteSize), schemaOf(budgets)] }),
  (value, path, report) => {
    if (isTable(value)) return budgets(value, path, report);
    const bytes = byteSize(value, path, report);
    return bytes === undefined ? undefined : { cranelift: bytes, llvm: bytes };
  },
);
