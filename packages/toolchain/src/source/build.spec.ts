import { describe, expect, it } from 'vitest';
import { compilerOnly, sourceKey } from './build';

describe('compilerOnly', () => {
  it('keeps the compiler and all the other tables', () => {
    const manifest =
      '[workspace]\nresolver = "2"\nmembers = [\n# tidy\n  "compiler/rustc",\n  "src/tools/x",\n]\n\nexclude = [\n  "build",\n]\n';
    expect(compilerOnly(manifest)).toBe(
      '[workspace]\nresolver = "2"\nmembers = ["compiler/rustc"]\n\nexclude = [\n  "build",\n]\n',
    );
  });

  it('does not guess', () => {
    expect(() => compilerOnly('[workspace]\n')).toThrow(/no list of members/);
  });
});

describe('sourceKey', () => {
  it('is the same for the same machine and another for another', async () => {
    const key = await sourceKey('x86_64-unknown-linux-gnu');
    expect(key).toMatch(/^[0-9a-f]{16}$/);
    expect(await sourceKey('x86_64-unknown-linux-gnu')).toBe(key);
    expect(await sourceKey('aarch64-unknown-linux-gnu')).not.toBe(key);
  });
});
