import { describe, expect, it } from 'vitest';
import { mayAskForEdits } from './edited';

describe('mayAskForEdits', () => {
  const asks = (line: string) => mayAskForEdits(['/usr/bin/node', ...line.split(' ')]);

  it.each([
    'a/node_modules/.bin/nx affected -t boot',
    'a/node_modules/nx/dist/bin/nx.js show projects --affected --base=main',
    'a/node_modules/.bin/nx graph --affected',
    'a/node_modules/.bin/nx build kernel',
    'a/node_modules/nx/dist/src/daemon/server/start.js',
    'a/node_modules/nx/dist/src/project-graph/plugins/isolation/plugin-worker.js run',
    'a/node_modules/vitest/vitest.mjs run',
  ])('is true for %s', (line) => expect(asks(line)).toBe(true));

  it.each([
    'a/node_modules/.bin/nx run minimal:boot',
    'a/node_modules/nx/dist/bin/nx.js run-many -t build-cranelift',
    'a/node_modules/.bin/nx show projects',
    'a/node_modules/.bin/nx show project kernel --json',
  ])('is false for %s', (line) => expect(asks(line)).toBe(false));
});
