import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseRecipe } from './recipe';

const SYSTEM = join(__dirname, '../../../recipes/redox');
const PATCHES = join(SYSTEM, 'patches');

const entry = z.strictObject({ id: z.string().regex(/^[a-z0-9._-]+$/), source: z.url(), reason: z.string().min(1) });
const catalogue = z
  .strictObject({
    patch: z.array(
      entry.extend({ commits: z.array(z.string().regex(/^[0-9a-f]{40}$/)).min(1), upstream: z.string().min(1) }),
    ),
    'left-out': z.array(entry.extend({ instead: z.string().min(1) })).default([]),
  })
  .parse(parse(readFileSync(join(PATCHES, 'catalogue.toml'), 'utf8')));

const recipes = readdirSync(SYSTEM)
  .map((name) => join(SYSTEM, name, 'recipe.toml'))
  .filter((file) => existsSync(file));

describe('catalogue of patches', () => {
  it('has each patch once, and nothing else', () => {
    const files = readdirSync(PATCHES).filter((name) => name !== 'catalogue.toml');
    expect(catalogue.patch.map(({ id }) => `${id}.patch`).sort()).toEqual(files.sort());
  });

  it.each(catalogue.patch.map(({ id }) => id))('%s keeps to one line of context, without names of functions', (id) => {
    const lines = readFileSync(join(PATCHES, `${id}.patch`), 'utf8').split('\n');
    const hunks = lines.filter((line) => line.startsWith('@@'));
    expect(hunks.length).toBeGreaterThan(0);
    for (const hunk of hunks) expect(hunk).toMatch(/^@@ -\d+(,\d+)? \+\d+(,\d+)? @@$/);
    const unchanged = lines.map((line) => (line.startsWith(' ') ? ' ' : 'x')).join('');
    expect(unchanged).not.toMatch(/ {4}/);
  });

  it.each(recipes)('%s takes only patches that are made for its commit', (file) => {
    const { recipe } = parseRecipe(readFileSync(file, 'utf8'), file);
    if (recipe?.source?.kind !== 'git') return;
    for (const patch of recipe.source.patches ?? []) {
      const known = catalogue.patch.find(({ id }) => patch === `../patches/${id}.patch`);
      expect(known, patch).toBeDefined();
      expect(recipe.source.git).toBe(known?.source);
      expect(known?.commits).toContain(recipe.source.rev);
    }
  });
});
