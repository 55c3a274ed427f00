import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEBIAN_SOURCE, OFFICIAL_SOURCE } from '../pins';
import { quietWork } from '../testing/quiet';
import { temporaryFolder } from '../testing/temporary';
import { fetchSource, sourceUrls } from './fetch-source';

describe('where the source release comes from', () => {
  it("is the machine's mirrors, then the Rust project", () => {
    expect(sourceUrls(['http://one.example/debian'])).toEqual([
      {
        name: DEBIAN_SOURCE.name,
        sha256: DEBIAN_SOURCE.sha256,
        url: `http://one.example/debian/${DEBIAN_SOURCE.path}`,
      },
      { name: OFFICIAL_SOURCE.name, sha256: OFFICIAL_SOURCE.sha256, url: OFFICIAL_SOURCE.url },
    ]);
  });

  it('refuses a file that is another release', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'rustc-1.95.0-src.tar.xz');
    writeFileSync(file, 'another');
    await expect(fetchSource(folder, file, quietWork())).rejects.toMatchObject({
      file,
      message: expect.stringMatching(/SHA-256 is [0-9a-f]{64}/),
    });
  });

  it('refuses a file that does not exist', async () => {
    const folder = temporaryFolder();
    await expect(fetchSource(folder, join(folder, 'none'), quietWork())).rejects.toThrow(/does not exist/);
  });

  it('does not look elsewhere if a URL was given', async () => {
    await expect(
      fetchSource(temporaryFolder(), `http://127.0.0.1:9/${DEBIAN_SOURCE.name}`, quietWork()),
    ).rejects.toThrow(/127\.0\.0\.1:9/);
  });
});
