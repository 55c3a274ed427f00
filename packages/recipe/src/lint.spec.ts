import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import lintExecutor from './executors/lint/lint.impl';
import { formatLint, lintFolder, lintRecipe } from './lint';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const BLAKE3 = '0a'.repeat(32);

function found(source: string, locked = false): string[] {
  return lintRecipe(`[source]\n${source}\n`, 'r/recipe.toml', locked).map(
    ({ rule, severity, line, column }) => `${rule} ${severity} ${line}:${column}`,
  );
}

describe('lintRecipe', () => {
  it.each([
    ['git = "https://x/y"', ['unpinned warning 2:7']],
    ['git = "https://x/y"\nbranch = "main"', ['unpinned warning 3:10']],
    ['git = "https://x/y"\nrev = "v1.0"', ['unpinned warning 3:7']],
    ['git = "https://x/y"\nrev = "0123456"', ['unpinned warning 3:7']],
    [`git = "https://x/y"\nrev = "${COMMIT}"`, []],
    ['tar = "https://x/y.tar.gz"', ['unverified warning 2:7']],
    [`tar = "https://x/y.tar.gz"\nblake3 = "${BLAKE3}"`, []],
    [`tar = "https://x/y.tar.gz"\nb3sum = "${BLAKE3}"`, ['unknown-key error 3:1', 'unverified warning 2:7']],
    ['tar = "http://x/y.tar.gz"', ['unverified warning 2:7', 'plain-http error 2:7']],
    [`tar = "http://x/y.tar.gz"\nblake3 = "${BLAKE3}"`, ['plain-http warning 2:7']],
    ['git = "git://x/y"', ['unpinned warning 2:7', 'plain-http error 2:7']],
    ['path = "."', []],
    ['same_as = "../x"', []],
    ['git = 1', ['unreadable error 2:7']],
    ['git = "a', ['unreadable error 2:9']],
  ])('%s', (source, expected) => expect(found(source)).toEqual(expected));

  it('takes a lock for a pin', () => {
    expect(found('git = "https://x/y"', true)).toEqual([]);
    expect(found('tar = "http://x/y"', true)).toEqual(['plain-http warning 2:7']);
  });
});

describe('the report of a folder', () => {
  let root: string;
  let written: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-lint-'));
    write('recipes/a/recipe.toml', '[source]\ngit = "https://x/a"\n');
    write('recipes/a/source/recipe.toml', 'no recipe of ours');
    write('recipes/b/c/recipe.toml', '[build\n');
    write('recipes/d/recipe.toml', '[source]\ngit = "https://x/d"\n');
    write('recipes/d/recipe.lock', '');
    written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(root, { recursive: true });
  });

  it('names each finding with its place and rule, and the sums', () => {
    expect(
      formatLint(lintFolder(root, 'recipes'))
        .split('\n')
        .filter((line) => !line.startsWith('  ')),
    ).toEqual([
      'recipes/a/recipe.toml:2:7: warning: the source is whatever the default branch holds on the day of the build [unpinned]',
      expect.stringMatching(/^recipes\/b\/c\/recipe\.toml:1:\d+: invalid TOML: .* \[unreadable\]$/),
      '',
      '3 recipes: 1 errors, 1 warnings (1 unreadable, 1 unpinned)',
    ]);
  });

  it('is an executor that fails for errors, and for warnings if it is strict', async () => {
    const context = {
      root,
      projectName: 'd',
      projectsConfigurations: { projects: { d: { root: 'recipes/d' } } },
    } as never;
    const lint = (folder?: string, strict = false) => lintExecutor({ folder, strict }, context);
    expect(await lint('recipes')).toEqual({ success: false });
    expect(await lint('recipes/a')).toEqual({ success: true });
    expect(await lint('recipes/a', true)).toEqual({ success: false });
    expect(await lint('recipes/d', true)).toEqual({ success: true });
    expect(await lint(undefined, true)).toEqual({ success: true });
    expect(await lint('nowhere')).toEqual({ success: false });
    expect(written).toContain('there is no such folder');
  });
});
