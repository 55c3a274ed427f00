import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toolchainHome } from '../home';
import { locate } from '../location';
import { quietWork } from '../testing/quiet';
import { realStable, realToolchain } from '../testing/real-toolchain';
import { temporaryFolder } from '../testing/temporary';
import { examine, sealIdentity } from './identity';

const real = realToolchain();
const stable = realStable();
const home = () => toolchainHome({ REDOX_TOOLCHAIN_HOME: temporaryFolder() });

describe('sealIdentity', () => {
  const facts = {
    schema: 1 as const,
    rustc: '1.95.0',
    commit: 'c',
    host: 'h',
    cranelift: null,
    backendHash: null,
    rustcHash: 'r',
    capabilities: { cranelift: false, llvm: true, sym: false, cVariadicDefinitions: false, atomics128: false },
  };

  it('follows from the facts alone', () => {
    expect(sealIdentity(facts).id).toMatch(/^[0-9a-f]{16}$/);
    expect(sealIdentity({ ...facts }).id).toBe(sealIdentity(facts).id);
    expect(sealIdentity({ ...facts, rustcHash: 's' }).id).not.toBe(sealIdentity(facts).id);
    expect(sealIdentity({ ...facts, capabilities: { ...facts.capabilities, sym: true } }).id).not.toBe(
      sealIdentity(facts).id,
    );
  });
});

describe.skipIf(!real)('examine, with the toolchain of this machine', () => {
  it('finds what the compiler can do, and remembers it', async () => {
    const location = await locate(real ?? expect.fail(), 'path');
    const cache = home();
    const first = await examine(location, cache, quietWork());
    expect(first.identity).toMatchObject({
      cranelift: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      backendHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      rustcHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      capabilities: { cranelift: true, llvm: true, cVariadicDefinitions: false, atomics128: false },
    });
    // The pinned release is built with sym operands; a nightly's component refuses them.
    expect(first.identity.capabilities.sym).toBe(first.identity.rustc === '1.95.0');
    expect(first.reasons.cVariadicDefinitions).toMatch(/variadic/);
    expect(first.reasons.atomics128).toMatch(/128/);
    expect(JSON.stringify(first.identity)).not.toContain(location.root);
    const work = quietWork();
    expect(await examine(location, cache, work)).toEqual(first);
    expect(work.lines).toEqual([]);
  });
});

describe('examine', () => {
  it.skipIf(!stable)('tells a toolchain without Cranelift', async () => {
    const location = await locate(stable?.root ?? '', 'path');
    expect(location.craneliftBackendFlag).toBeUndefined();
    const { identity, reasons } = await examine(location, home(), quietWork());
    expect(identity).toMatchObject({
      cranelift: null,
      backendHash: null,
      capabilities: { cranelift: false, llvm: true, sym: false },
    });
    expect(reasons.cranelift).toMatch(/librustc_codegen_cranelift/);
  });

  it('says that a rustc does not run, each time', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'bin'));
    for (const name of ['rustc', 'cargo'])
      writeFileSync(join(root, 'bin', name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const cache = home();
    const location = await locate(root, 'path');
    await expect(examine(location, cache, quietWork())).rejects.toThrow(/does not run/);
    await expect(examine(location, cache, quietWork())).rejects.toThrow(/does not run/);
  });
});
