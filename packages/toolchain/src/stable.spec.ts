import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RUST_VERSION_STRING } from './pins';
import { findStable, rustcVersion } from './stable';
import { quietWork } from './testing/quiet';
import { realStable } from './testing/real-toolchain';
import { temporaryFolder } from './testing/temporary';

const stable = realStable();

describe('findStable', () => {
  it.skipIf(!stable)('finds the pinned release and takes it when it is named', async () => {
    const version = await rustcVersion(join(stable?.root ?? '', 'bin/rustc'));
    expect(version?.version).toBe(RUST_VERSION_STRING);
    expect(await findStable(stable?.root, quietWork(), {})).toEqual(stable);
  });

  it('refuses a folder with another version, or with nothing', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'bin'));
    await expect(findStable(folder, quietWork(), {})).rejects.toThrow(/has no bin\/rustc that runs/);
    writeFileSync(join(folder, 'bin/rustc'), '#!/bin/sh\necho "rustc 1.80.0 (abc 2024-01-01)"\n');
    chmodSync(join(folder, 'bin/rustc'), 0o755);
    await expect(findStable(undefined, quietWork(), { REDOX_RUST_STABLE: folder })).rejects.toThrow(
      /holds rustc 1\.80\.0/,
    );
  });

  it('says how to get it where there is neither rustup nor rustc', async () => {
    await expect(findStable(undefined, quietWork(), { PATH: temporaryFolder() })).rejects.toMatchObject({
      message: expect.stringContaining('rustup is not installed'),
      advice: expect.arrayContaining([expect.stringContaining('rustup toolchain install')]),
    });
  });
});
