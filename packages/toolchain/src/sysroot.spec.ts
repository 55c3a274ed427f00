import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sealIdentity } from './identity/identity';
import { locate, type Location } from './location';
import { buildSysroot, type SysrootOptions } from './sysroot';
import { quietWork } from './testing/quiet';
import { realToolchain } from './testing/real-toolchain';
import { temporaryFolder } from './testing/temporary';

// What it compiles takes a minute and is covered by the end-to-end tests; here is what it refuses before.
const real = realToolchain();

describe.skipIf(!real)('buildSysroot, with the toolchain of this machine', () => {
  const spec = { name: 'mini', base: 'aarch64-unknown-none', changes: ['atomics-64'] };
  const identity = sealIdentity({
    schema: 1,
    rustc: '1.95.0',
    commit: 'commit',
    host: 'host',
    cranelift: null,
    backendHash: null,
    rustcHash: '',
    libraryHash: null,
    capabilities: {
      cranelift: true,
      llvm: true,
      sym: true,
      cVariadicDefinitions: false,
      atomics128: false,
      dataSections: true,
      x86Assembly: true,
      core197: true,
    },
  });
  const build = async (change: Partial<SysrootOptions>, locationChange: Partial<Location> = {}) => {
    const location = { ...(await locate(real ?? expect.fail(), 'path')), ...locationChange };
    const outputPath = join(temporaryFolder(), 'out');
    const options = {
      location,
      identity,
      arch: 'aarch64' as const,
      backend: 'cranelift' as const,
      spec,
      crates: ['core'],
      outputPath,
      ...change,
    };
    try {
      return await buildSysroot(options, quietWork());
    } finally {
      expect(existsSync(outputPath)).toBe(false);
    }
  };

  it('refuses crates, bases and changes that are not there', async () => {
    await expect(build({ crates: ['kore'] })).rejects.toThrow(/no crate "kore"/);
    await expect(build({ crates: ['../core'] })).rejects.toThrow(/no crate/);
    await expect(build({ spec: { ...spec, base: 'aarch64-unknown-nowhere' } })).rejects.toThrow(
      /no target "aarch64-unknown-nowhere"/,
    );
    await expect(build({ spec: { ...spec, changes: ['no-such'] } })).rejects.toThrow(/no change "no-such"/);
    const uefi = { name: 'uefi', base: 'aarch64-unknown-uefi', changes: [] };
    await expect(build({ spec: uefi })).rejects.toThrow(/Cranelift cannot compile for aarch64-unknown-uefi/);
    await expect(build({ arch: 'x86_64' })).rejects.toThrow(/is for aarch64, not for x86_64/);
  });

  it('refuses a toolchain without Cranelift, and one without the source', async () => {
    await expect(build({}, { craneliftBackendFlag: undefined })).rejects.toThrow(/has no Cranelift backend/);
    await expect(build({}, { rustSrc: undefined })).rejects.toThrow(/lacks the standard library's source/);
  });
});
