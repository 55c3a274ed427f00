import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Location, rustLld } from './location';
import { temporaryFolder } from './testing/temporary';

describe('rustLld', () => {
  const at = (root: string) => rustLld({ root } as Location);

  it('finds the linker beside the libraries of the host', async () => {
    const root = temporaryFolder();
    const path = join(root, 'lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld');
    for (const file of [join(root, 'lib/rustlib/src/rust/README'), path]) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '');
    }
    expect(await at(root)).toBe(path);
  });

  it('says what to do without it', async () => {
    await expect(at(temporaryFolder())).rejects.toThrow(/has no rust-lld/);
  });
});
