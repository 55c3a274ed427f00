import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256File } from '@nx-redox/kit';
import { toolchainHome } from '../home';
import { PLATFORM_PACKAGES } from '../pins';
import { quietWork } from '../testing/quiet';
import { realStable } from '../testing/real-toolchain';
import { temporaryFolder } from '../testing/temporary';
import { fromPackage, packagedArchive, PLATFORM } from './package';

const stable = realStable();

describe('the package with a toolchain', () => {
  it.each(Object.entries(PLATFORM_PACKAGES))(
    'for %s holds the archive that is pinned',
    async (platform, { sha256 }) => {
      const file = packagedArchive(platform);
      expect(file).toBeDefined();
      expect(await sha256File(file!)).toBe(sha256);
    },
  );

  it('is found where it is installed, and not taken if its archive is not there', () => {
    const folder = temporaryFolder();
    const { name, archive } = PLATFORM_PACKAGES['linux-x64']!;
    const installed = join(folder, 'node_modules', name);
    const from = join(folder, 'index.js');
    expect(packagedArchive('linux-x64', from)).toBeUndefined();
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'package.json'), '{}');
    expect(packagedArchive('linux-x64', from)).toBeUndefined();
    writeFileSync(join(installed, archive), '');
    expect(packagedArchive('linux-x64', from)).toBe(join(installed, archive));
    expect(packagedArchive('sunos-x64', from)).toBeUndefined();
  });

  it.skipIf(!stable || PLATFORM !== 'linux-x64')('is unpacked and completed, once', async () => {
    const home = toolchainHome({ REDOX_TOOLCHAIN_HOME: temporaryFolder() });
    const work = quietWork();
    const location = await fromPackage({ home, work, options: { stable: stable?.root } });
    expect(location).toMatchObject({ provider: 'package', craneliftBackendFlag: ['-Zcodegen-backend=cranelift'] });
    expect(work.lines.join()).toContain('unpack: 28 MB');
    const again = quietWork();
    expect(await fromPackage({ home, work: again, options: {} })).toEqual(location);
    expect(again.lines).toEqual([]);
  });
});
