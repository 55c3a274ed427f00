import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fetchExecutor from './fetch.impl';

describe('@nx-redox/sources:fetch', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-fetch-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
    vi.restoreAllMocks();
  });

  it('succeeds with a source and fails without', async () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const context = { root } as ExecutorContext;
    writeFileSync(join(root, 'recipe.toml'), '[source]\npath = "."\n');
    expect(await fetchExecutor({ recipe: '.' }, context)).toEqual({ success: true });
    expect(out.mock.calls.join('')).toContain('as it is');
    writeFileSync(join(root, 'recipe.toml'), '[source]\npath = "nowhere"\n');
    expect(await fetchExecutor({ recipe: '.' }, context)).toEqual({ success: false });
    expect(err.mock.calls.join('')).toContain('the source folder nowhere does not exist');
  });
});
