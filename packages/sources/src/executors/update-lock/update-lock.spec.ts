import type { ExecutorContext } from '@nx/devkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SourceWorkspace } from '../../testing/sources';
import fetchExecutor from '../fetch/fetch.impl';
import updateLockExecutor from './update-lock.impl';

describe('@nx-redox/sources:update-lock', () => {
  let space: SourceWorkspace;
  let out = '';
  beforeEach(() => {
    space = new SourceWorkspace();
    out = '';
    for (const [name, value] of Object.entries(space.env)) vi.stubEnv(name, value);
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += text), true));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((out += text), true));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    space.remove();
  });

  it('writes the lock that fetch needs, and says what moved', async () => {
    const repository = space.repository('one');
    const first = repository.commit({ x: '1' });
    space.write('r/a/recipe.toml', `[source]\ngit = "${repository.path}"\n`);
    const context = { root: space.root } as ExecutorContext;
    expect(await fetchExecutor({ recipe: 'r/a' }, context)).toEqual({ success: false });
    expect(out).toContain('there is no recipe.lock');
    expect(await updateLockExecutor({ recipe: 'r/a' }, context)).toEqual({ success: true });
    expect(out).toContain(`r/a/recipe.lock: from nothing to commit ${first.slice(0, 12)}.`);
    expect(await fetchExecutor({ recipe: 'r/a' }, context)).toEqual({ success: true });
    expect(out).toContain('r/a/source is what recipe.lock names.');
    repository.commit({});
    expect(await updateLockExecutor({ recipe: 'r/a' }, context)).toEqual({ success: true });
    expect(out).toContain(`r/a/recipe.lock stays at commit ${first.slice(0, 12)}`);
  });
});
