import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { generate, ROOT } from './generate.mjs';

describe('what is made from options', () => {
  let files;
  beforeAll(async () => {
    files = await generate();
  });

  it('is up to date: npm run reference', () => {
    for (const [path, text] of files) expect(readFileSync(join(ROOT, path), 'utf8'), path).toBe(text);
  });

  it('leaves no page of what is gone', () => {
    const folders = ['docs/reference/executors', 'docs/reference/generators'];
    const found = folders.flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`));
    expect(found.sort()).toEqual([...files.keys()].filter((path) => folders.includes(dirname(path))).sort());
  });
});
