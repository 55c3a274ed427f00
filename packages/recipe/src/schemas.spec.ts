import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'smol-toml';
import type { JsonSchema } from '@nx-redox/kit/toml';
import { DESCRIPTIONS } from './descriptions';
import { parseRecipe } from './recipe';
import { fileSchemas } from './schemas';

const schemas = fileSchemas();
const MINI = join(__dirname, '../../../recipes/mini');

/** A check by the words that our schemas use, and no others. */
function fits(schema: JsonSchema, value: unknown): boolean {
  const types: Record<string, boolean> = {
    array: Array.isArray(value),
    boolean: typeof value === 'boolean',
    integer: Number.isSafeInteger(value),
    number: typeof value === 'number',
    object: typeof value === 'object' && value !== null && !Array.isArray(value),
    string: typeof value === 'string',
  };
  if (schema.type !== undefined && ![schema.type].flat().some((type) => types[type])) return false;
  if (schema.anyOf !== undefined && !schema.anyOf.some((each) => fits(each, value))) return false;
  if (schema.const !== undefined && value !== schema.const) return false;
  if (schema.enum !== undefined && !schema.enum.includes(value as string)) return false;
  if (schema.exclusiveMinimum !== undefined && !((value as number) > schema.exclusiveMinimum)) return false;
  if (Array.isArray(value)) {
    return value.length >= (schema.minItems ?? 0) && value.every((item) => fits(schema.items ?? {}, item));
  }
  if (!types['object'] || schema.type !== 'object') return true;
  const table = value as Record<string, unknown>;
  if ((schema.required ?? []).some((key) => !Object.hasOwn(table, key))) return false;
  return Object.entries(table).every(([key, element]) => {
    const known = schema.properties?.[key];
    if (known !== undefined) return fits(known, element);
    const { additionalProperties = true } = schema;
    return typeof additionalProperties === 'boolean' ? additionalProperties : fits(additionalProperties, element);
  });
}

const allows = (name: string, text: string) => fits(schemas[name]!, parse(text));

describe('the schemas of files', () => {
  it.each(Object.keys(schemas))('%s.schema.json is what the rules say (vitest -u writes it)', async (name) => {
    await expect(`${JSON.stringify(schemas[name], null, 2)}\n`).toMatchFileSnapshot(`../schemas/${name}.schema.json`);
  });

  it('describe every key, and no key that is not there', () => {
    const described = new Set<string>();
    const visit = (schema: JsonSchema, path: string): void => {
      const next = (key: string, value: JsonSchema) => {
        const own = `${path}.${/^(aarch64|x86_64)$/.test(key) ? '*' : key}`;
        expect(value.description, own).toEqual(expect.any(String));
        described.add(own);
        visit(value, own);
      };
      for (const [key, value] of Object.entries(schema.properties ?? {})) next(key, value);
      if (typeof schema.additionalProperties === 'object') {
        described.add(`${path}.*`);
        visit(schema.additionalProperties, `${path}.*`);
      }
      if (schema.items !== undefined) visit(schema.items, path);
      for (const each of schema.anyOf ?? []) visit(each, path);
    };
    for (const [name, schema] of Object.entries(schemas)) visit(schema, name);
    expect(Object.keys(DESCRIPTIONS).filter((path) => !described.has(path))).toEqual([]);
  });

  it('allow what mini says', () => {
    expect(allows('system', readFileSync(join(MINI, 'system.toml'), 'utf8'))).toBe(true);
    const recipes = readdirSync(MINI, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('recipe.toml'),
    );
    expect(recipes.length).toBeGreaterThan(8);
    for (const file of recipes) expect(allows('recipe', readFileSync(join(MINI, file), 'utf8')), file).toBe(true);
    const toolchain = readFileSync(join(MINI, '../toolchain/toolchain.toml'), 'utf8');
    expect(allows('toolchain', toolchain)).toBe(true);
  });

  it.each([
    '[build]\ntemplate = "cargo"\n[nx]\ncolour = 1\n',
    '[build]\ntemplate = "crago"\n',
    '[build]\ntemplate = "custom"\n',
    '[source]\npath = 1\n[build]\ntemplate = "cargo"\n',
    '[build]\ntemplate = "cargo"\n[nx]\nkind = "servant"\n',
  ])('refuse what the parser refuses: %j', (text) => {
    expect(parseRecipe(text, 'recipe.toml').diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
    expect(allows('recipe', text)).toBe(false);
  });
});
