import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ExecutorContext } from '@nx/devkit';
import { SourceWorkspace } from '../../testing/sources';
import updateLocksExecutor from './update-locks.impl';

let space: SourceWorkspace;
let said: string;
beforeEach(() => {
  space = new SourceWorkspace();
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  for (const [name, value] of Object.entries(space.env)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  space.remove();
});

const execute = () =>
  updateLocksExecutor({}, {
    root: space.root,
    projectName: 'r',
    projectsConfigurations: { version: 2, projects: { r: { root: 'r' } } },
  } as unknown as ExecutorContext);

it('says which locks it has written, and fails if one of them cannot be', async () => {
  const repository = space.repository('one');
  repository.commit({ 'main.txt': 'first\n' });
  space.write('r/a/recipe.toml', `[source]\ngit = "${repository.path}"\n`);
  expect(await execute()).toEqual({ success: true });
  expect(said).toContain('r/a/recipe.lock: written\nlocks written: 1, as they were: 0\n');
  space.write('r/b/recipe.toml', `[source]\ngit = "${repository.path}-not"\n`);
  expect(await execute()).toEqual({ success: false });
  expect(said).toContain('locks written: 0, as they were: 1, failed: 1\n');
});
