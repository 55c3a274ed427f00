import { formatKeyPath, type Diagnostic, type KeyPath } from './diagnostics';
import { schemaOf, withSchema, type JsonSchema } from './schema';
import { didYouMean, suggest } from './suggest';

/** A mistake that a rule found, before its place in the text is looked up. */
export interface Finding {
  /** An error, if it does not say. */
  severity?: Diagnostic['severity'];
  path: KeyPath;
  /** What the position should point at: the key itself, its value (which it is by default), or the table that lacks it. */
  at?: 'key' | 'value' | 'table';
  message: string;
  advice?: readonly string[];
  /** The key at `path` is none that the format knows. */
  unknownKey?: true;
}

/** Takes findings while a document is checked; gives what a rule returns then. */
export type Report = (finding: Finding) => undefined;

/**
 * Checks one value of a parsed TOML document. It reports what is wrong and returns the value as our own type,
 * or undefined if nothing of it can be used.
 */
export type Rule<T> = (value: unknown, path: KeyPath, report: Report) => T | undefined;

export type RuleOutput<R> = R extends Rule<infer T> ? T : never;

export interface Field<T, Required extends boolean> {
  rule: Rule<T>;
  required: Required;
  /** Shown when a required key is missing. */
  advice: string | undefined;
}

type Fields = Record<string, Field<unknown, boolean>>;

/** What a table with these fields is read as. */
export type TableOutput<F> = {
  [K in keyof F as F[K] extends Field<unknown, true> ? K : never]: F[K] extends Field<infer T, true> ? T : never;
} & {
  [K in keyof F as F[K] extends Field<unknown, true> ? never : K]?: F[K] extends Field<infer T, boolean> ? T : never;
};

export function required<T>(rule: Rule<T>, advice?: string): Field<T, true> {
  return { rule, required: true, advice };
}

export function optional<T>(rule: Rule<T>): Field<T, false> {
  return { rule, required: false, advice: undefined };
}

/** A TOML value's type in words, with a short value itself. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  switch (typeof value) {
    case 'string':
      return value.length <= 40 && !value.includes('\n') ? `the string ${JSON.stringify(value)}` : 'a string';
    case 'boolean':
      return `the boolean ${value}`;
    case 'number':
    case 'bigint':
      return `the number ${value}`;
    default:
      return 'a table';
  }
}

export function wrongType(
  report: Report,
  path: KeyPath,
  wanted: string,
  value: unknown,
  advice: string[] = [],
): undefined {
  return report({
    path,
    message: `${formatKeyPath(path)} must be ${wanted}, not ${describeValue(value)}`,
    advice,
  });
}

export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A string; `check` may refuse it with a sentence that follows the key's name. */
export function string(check?: (text: string) => string | undefined): Rule<string> {
  return withSchema(
    () => ({ type: 'string' }),
    (value, path, report) => {
      if (typeof value !== 'string') return wrongType(report, path, 'a string', value);
      const problem = check?.(value);
      if (problem === undefined) return value;
      return report({ path, message: `${formatKeyPath(path)} ${problem}` });
    },
  );
}

export const text = string((value) => (value.trim() === '' ? 'must not be empty' : undefined));

export const boolean: Rule<boolean> = withSchema(
  () => ({ type: 'boolean' }),
  (value, path, report) => (typeof value === 'boolean' ? value : wrongType(report, path, 'true or false', value)),
);

/** A number greater than 0. */
export const positive: Rule<number> = withSchema(
  () => ({ type: 'number', exclusiveMinimum: 0 }),
  (value, path, report) =>
    typeof value === 'number' && value > 0 && Number.isFinite(value)
      ? value
      : wrongType(report, path, 'a number greater than 0', value),
);

/** A whole number greater than 0. */
export const count: Rule<number> = withSchema(
  () => ({ type: 'integer', exclusiveMinimum: 0 }),
  (value, path, report) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value > 0
      ? value
      : wrongType(report, path, 'a whole number greater than 0', value),
);

/** One of a few words. */
export function oneOf<const W extends string>(words: readonly W[]): Rule<W> {
  return withSchema(
    () => ({ type: 'string', enum: words }),
    (value, path, report) => {
      if (typeof value !== 'string') return wrongType(report, path, `one of ${words.join(', ')}`, value);
      if ((words as readonly string[]).includes(value)) return value as W;
      return report({
        path,
        message: `${formatKeyPath(path)} = ${JSON.stringify(value)} is unknown`,
        advice: [didYouMean(value, words, 'known values')],
      });
    },
  );
}

/** A list whose bad elements are reported and left out. */
export function list<T>(rule: Rule<T>, what = 'a list of strings'): Rule<T[]> {
  return withSchema(
    () => ({ type: 'array', items: schemaOf(rule) }),
    (value, path, report) => {
      if (!Array.isArray(value)) {
        const advice = typeof value === 'string' ? [`write it as a list: [${JSON.stringify(value)}]`] : [];
        return wrongType(report, path, what, value, advice);
      }
      return value.flatMap((element, index) => {
        const checked = rule(element, [...path, index], report);
        return checked === undefined ? [] : [checked];
      });
    },
  );
}

/** A table with any keys and one kind of value. */
export function mapOf<T>(rule: Rule<T>, what = 'a table'): Rule<Record<string, T>> {
  return withSchema(
    () => ({ type: 'object', additionalProperties: schemaOf(rule) }),
    (value, path, report) => {
      if (!isTable(value)) return wrongType(report, path, what, value);
      const result: [string, T][] = [];
      for (const [key, element] of Object.entries(value)) {
        const checked = rule(element, [...path, key], report);
        if (checked !== undefined) result.push([key, checked]);
      }
      // By entries, so that a key such as __proto__ is one like all others.
      return Object.fromEntries(result);
    },
  );
}

/** Unknown keys of one table that are told one by one. */
const MAX_UNKNOWN = 50;

/** How a table treats keys that it does not have. */
export interface TableOptions {
  /** Keys that people write instead of the right one, although they are not alike. */
  aliases?: Readonly<Record<string, string>>;
  /** Keys that mean something elsewhere: they are a warning with this reason, since the cookbook ignores them. */
  useless?: (key: string) => string | undefined;
}

/** A table with known keys. A key that it does not know is an error with the nearest known one. */
export function table<F extends Fields>(fields: F, options: TableOptions = {}): Rule<TableOutput<F>> {
  const names = Object.keys(fields);
  return withSchema(
    () => tableSchema(fields, options),
    (value, path, report) => {
      if (!isTable(value)) return wrongType(report, path, 'a table', value);
      const result: Record<string, unknown> = {};
      const strange = Object.keys(value).filter((key) => !Object.hasOwn(fields, key));
      const unknown = strange.slice(0, MAX_UNKNOWN);
      let complete = true;
      for (const name of names) {
        const field = fields[name]!;
        const present = Object.hasOwn(value, name);
        const checked = present ? field.rule(value[name], [...path, name], report) : undefined;
        if (checked !== undefined) {
          result[name] = checked;
        } else if (field.required) {
          complete = false;
          // A misspelt key is reported once, as unknown, and not a second time as missing.
          if (!present && !unknown.some((key) => nearestKey(key, names, options) === name)) {
            report({
              path: [...path, name],
              at: 'table',
              message: `${formatTable(path)} lacks the key "${name}"`,
              advice: field.advice === undefined ? [] : [field.advice],
            });
          }
        }
      }
      for (const key of unknown) unknownKey(key, path, names, options, report);
      if (strange.length > unknown.length) {
        report({
          path,
          at: 'key',
          message: `${strange.length - unknown.length} more unknown keys in ${formatTable(path)}`,
        });
      }
      return complete ? (result as TableOutput<F>) : undefined;
    },
  );
}

function tableSchema(fields: Fields, { useless }: TableOptions): JsonSchema {
  const entries = Object.entries(fields);
  const needed = entries.filter(([, field]) => field.required).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, { rule }]) => [name, schemaOf(rule)])),
    ...(needed.length === 0 ? {} : { required: needed }),
    // Keys that do nothing are a warning, and an editor has none.
    ...(useless === undefined ? { additionalProperties: false } : {}),
  };
}

function nearestKey(key: string, names: readonly string[], options: TableOptions): string | undefined {
  const alias = options.aliases?.[key];
  if (alias !== undefined && names.includes(alias)) return alias;
  return suggest(key, names);
}

/** `[build]`, or the file itself for the top level. */
export function formatTable(path: KeyPath): string {
  return path.length === 0 ? 'the file' : `[${formatKeyPath(path)}]`;
}

function unknownKey(key: string, path: KeyPath, names: readonly string[], options: TableOptions, report: Report): void {
  const where = formatTable(path);
  const useless = options.useless?.(key);
  if (useless !== undefined) {
    return report({
      severity: 'warning',
      path: [...path, key],
      at: 'key',
      unknownKey: true,
      message: `"${key}" does nothing in ${where}: ${useless}`,
    });
  }
  const near = nearestKey(key, names, options);
  const what = path.length === 0 ? 'table' : 'key';
  report({
    path: [...path, key],
    at: 'key',
    unknownKey: true,
    message: `unknown ${what} "${key}" in ${where}`,
    advice: [near === undefined ? `${what}s of ${where}: ${names.join(', ')}` : `did you mean "${near}"?`],
  });
}
