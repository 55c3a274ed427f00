import { afterEach, describe, expect, it, vi } from 'vitest';
import reportExecutor from './report.impl';

describe('@nx-redox/recipe:report', () => {
  afterEach(() => vi.restoreAllMocks());

  it('shows the problems and fails', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(
      await reportExecutor({ problems: ['a/recipe.toml:1:1: one\n  -> mend it', 'two -> 2'] }, { root: '' }),
    ).toEqual({
      success: false,
    });
    expect(written.mock.calls.join('')).toBe('\na/recipe.toml:1:1: one\n  → mend it\ntwo -> 2\n');
  });
});
