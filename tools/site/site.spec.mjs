import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deadLinks } from './links.mjs';
import { pagesOf, referencePages, relink } from './pages.mjs';
import { tableOf } from './reference.mjs';

const root = join(import.meta.dirname, '../..');

describe('links of a page', () => {
  const pages = new Map([
    ['docs/a.md', 'a.md'],
    ['docs/how-to/b.md', 'how-to/b.md'],
    ['packages/x/README.md', 'packages/x.md'],
  ]);
  const files = new Set([...pages.keys(), 'docs/pictures/p.svg', 'recipes/mini/system.toml']);
  const from = (file) => (text) =>
    relink(text, { file, page: pages.get(file), pages, exists: (path) => files.has(path) });

  it('point at pages, and at the repository for what is no page', () => {
    expect(
      from('docs/how-to/b.md')('[a](../a.md#part) [s](../../recipes/mini/system.toml) ![p](../pictures/p.svg)'),
    ).toBe(
      '[a](../a.md#part) [s](https://github.com/nx-redox/nx-redox/blob/main/recipes/mini/system.toml) ![p](../pictures/p.svg)',
    );
    expect(from('packages/x/README.md')('[b](../../docs/how-to/b.md)')).toBe('[b](../how-to/b.md)');
    expect(from('packages/x/README.md')('[a](https://github.com/nx-redox/nx-redox/blob/main/docs/a.md)')).toBe(
      '[a](../a.md)',
    );
  });

  it('stay as they are in code, in the page itself and on other sites', () => {
    const text = '`[x](gone.md)` [here](#part) [out](https://example.org/x.md)\n```\n[x](gone.md)\n```\n';
    expect(from('docs/a.md')(text)).toBe(text);
  });

  it('that lead nowhere are errors that name the file', () => {
    expect(() => from('docs/a.md')('[x](gone.md)')).toThrow('docs/a.md: gone.md: there is no such file');
  });
});

it('finds links of a site that lead to no page or to no place', () => {
  const pages = new Map([
    [
      'index.html',
      '<a href="/how-to/b.html#part">b</a><a href="how-to/b.html#gone">b</a><a href="https://x.org/y">y</a>',
    ],
    ['how-to/b.html', '<h2 id="part">B</h2><a href="../index.html">up</a><a href="../c.html">c</a><img src="/p.svg">'],
  ]);
  expect(deadLinks(pages, new Set(['p.svg']))).toEqual([
    'index.html: how-to/b.html#gone: the page has no such place',
    'how-to/b.html: ../c.html: there is no such page',
  ]);
});

it('makes a table of the keys of a schema, and of tables in it', () => {
  const table = tableOf({
    properties: {
      name: { type: 'string', description: 'A | name.' },
      stage: { type: 'array', items: { type: 'object', properties: { timeout: { type: 'integer', default: 5 } } } },
      hidden: { type: 'boolean', 'x-priority': 'internal' },
    },
    additionalProperties: { enum: ['a', 'b'] },
    required: ['name'],
  });
  expect(table.split('\n').slice(2)).toEqual([
    '| `name` | *string, required* — A \\| name. |',
    '| `stage[]` | *list of table* |',
    '| `stage[].timeout` | *whole number, default `5`* |',
    '| `<name>` | *`"a"`, `"b"`* |',
    '',
  ]);
});

it('has a page for each file in docs, each package, and each executor', () => {
  const pages = pagesOf(root);
  expect(pages.get('docs/how-to/ci.md')).toBe('how-to/ci.md');
  expect(pages.get('packages/qemu/README.md')).toBe('packages/qemu.md');
  for (const file of pages.keys()) expect(existsSync(join(root, file)), file).toBe(true);
  expect(pages.get('docs/reference/executors/qemu-boot.md')).toBe('reference/executors/qemu-boot.md');
  expect(pages.get('docs/reference/generators/ci-workflow.md')).toBe('reference/generators/ci-workflow.md');
  expect(referencePages(root).get('reference/recipe-toml.md')).toContain('`nx.spec`');
});
