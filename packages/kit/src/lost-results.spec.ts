import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adviceForLost } from './lost-results';

let root: string;
const records = () => join(root, '.nx/workspace-data/1.db');

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-lost-'));
  await mkdir(join(root, '.nx/workspace-data'), { recursive: true });
  await writeFile(records(), '');
});
afterEach(() => rm(root, { recursive: true }));

describe('advice for a file that Nx says it has', () => {
  it('names nx reset where the cache has results', async () => {
    await mkdir(join(root, '.nx/cache/11328293819096636008'), { recursive: true });
    const [first, second] = adviceForLost(root, 'npx nx run x:y');
    expect(first).toBe('npx nx run x:y');
    expect(second).toContain('npx nx reset');
    expect(existsSync(records())).toBe(true);
  });

  it.each(['{}', '{"cacheDirectory": "elsewhere"}'])(
    'makes Nx forget a cache that is gone; nx.json: %s',
    async (nxJson) => {
      await writeFile(join(root, 'nx.json'), nxJson);
      await mkdir(join(root, 'elsewhere/terminalOutputs'), { recursive: true });
      await mkdir(join(root, '.nx/cache'), { recursive: true });
      expect(adviceForLost(root, 'npx nx run x:y')).toEqual([
        expect.stringMatching(/did not know; now it does.*npx nx run x:y/),
      ]);
      expect(existsSync(records())).toBe(false);
    },
  );

  it('without records there is nothing to forget', async () => {
    await rm(records());
    expect(adviceForLost(root, 'npx nx run x:y')).toHaveLength(2);
  });
});
