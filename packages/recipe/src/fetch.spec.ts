import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatError } from '@nx-redox/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchSource } from './fetch';

describe('fetchSource', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const failure = (dir: string) =>
    fetchSource(root, dir).then(
      () => 'passed',
      (error) => formatError(error),
    );

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-fetch-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('finds a path source, in the folder of the recipe and elsewhere', async () => {
    write('recipes/m/a/recipe.toml', '[source]\npath = "."\n[build]\ntemplate = "cargo"\n');
    write('recipes/m/b/recipe.toml', '[source]\npath = "../../../lib/"\n');
    write('lib/x', '');
    expect(await fetchSource(root, 'recipes/m/a')).toBe('recipes/m/a');
    expect(await fetchSource(root, 'recipes/m/b')).toBe('lib');
  });

  it('has nothing to do for a recipe without a source', async () => {
    write('a/recipe.toml', '');
    expect(await fetchSource(root, 'a')).toBeUndefined();
  });

  it('says where a source is missing', async () => {
    write('a/recipe.toml', '[source]\npath = "source"\n');
    expect(await failure('a')).toBe(
      'a/recipe.toml:2:8: the source folder a/source does not exist\n  → path is relative to the folder of the recipe',
    );
    write('a/source', 'a file');
    expect(await failure('a')).toBe(
      'a/recipe.toml:2:8: the source a/source is not a folder\n  → path is relative to the folder of the recipe',
    );
  });

  it('fails for sources that it cannot fetch', async () => {
    write('a/recipe.toml', '[source]\ngit = "https://example.org/x.git"\n');
    expect(await failure('a')).toContain('a/recipe.toml:1:2: this version of nx-redox cannot fetch a git source');
  });

  it('shows all mistakes of a recipe.toml', async () => {
    write('a/recipe.toml', '[sourc]\npath = "."\n[build]\ntemplat = "cargo"\n');
    const text = await failure('a');
    expect(text).toContain('2 mistakes:');
    expect(text).toContain('a/recipe.toml:1:2: unknown table "sourc" in the file\n  → did you mean "source"?');
    expect(text).toContain('a/recipe.toml:4:1: unknown key "templat" in [build]\n  → did you mean "template"?');
    expect(await failure('nowhere')).toBe(
      'nowhere/recipe.toml: cannot be read (ENOENT)\n  → the option "recipe" must name the folder of a recipe.toml',
    );
  });
});
