import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './cli';

describe('redox-recipe lint', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-lint-'));
    write('recipes/a/recipe.toml', '[source]\ngit = "https://x/a"\n');
    write('recipes/b/c/recipe.toml', '[build\n');
    write('recipes/d/recipe.toml', '[source]\ngit = "https://x/d"\n');
    write('recipes/d/recipe.lock', '');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is a program whose JSON can be read', async () => {
    let out = '';
    const io = { out: (text: string) => void (out += text), err: (text: string) => void (out += text) };
    expect(await main(['lint', '--json', 'recipes/'], io, root)).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      schema: 1,
      recipes: 3,
      errors: 1,
      warnings: 1,
      rules: { unreadable: 1, unpinned: 1, unverified: 0 },
      findings: [{ rule: 'unpinned', file: 'recipes/a/recipe.toml', line: 2, column: 7 }, { rule: 'unreadable' }],
    });
    expect(await main(['lint', 'recipes/a'], io, root)).toBe(0);
    expect(await main(['lint', '--strict', 'recipes/a'], io, root)).toBe(1);
    for (const wrong of [[], ['lint'], ['lint', 'nowhere'], ['lint', '--jsn', 'recipes']]) {
      expect(await main(wrong, io, root)).toBe(2);
    }
    expect(await main(['--help'], io, root)).toBe(0);
  });
});
