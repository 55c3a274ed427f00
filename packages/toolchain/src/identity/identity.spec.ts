import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toolchainHome } from '../home';
import { locate } from '../location';
import { quietWork } from '../testing/quiet';
import { realStable, realToolchain } from '../testing/real-toolchain';
import { temporaryFolder } from '../testing/temporary';
import { examine, sealIdentity } from './identity';
import { probe } from './probes';

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
    libraryHash: null,
    capabilities: {
      cranelift: false,
      llvm: true,
      sym: false,
      cVariadicDefinitions: false,
      atomics128: false,
      dataSections: false,
      x86Assembly: false,
      core197: false,
    },
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
    const pinned = first.identity.rustc === '1.95.0';
    expect(first.identity.capabilities).toMatchObject({
      ...{ sym: pinned, dataSections: pinned, x86Assembly: pinned, core197: pinned },
    });
    expect(first.identity.libraryHash).toMatch(/^[0-9a-f]{64}$/);
    expect(first.reasons.cVariadicDefinitions).toMatch(/variadic/);
    expect(first.reasons.atomics128).toMatch(/128/);
    expect(JSON.stringify(first.identity)).not.toContain(location.root);
    const work = quietWork();
    expect(await examine(location, cache, work)).toEqual(first);
    expect(work.lines).toEqual([]);
  });

  it('tells one that puts all data into one section, and a core without the names of Rust 1.97', async () => {
    const location = await locate(real ?? expect.fail(), 'path');
    const source = temporaryFolder();
    mkdirSync(join(source, 'library/core/src/ffi'), { recursive: true });
    writeFileSync(join(source, 'library/core/src/ffi/va_list.rs'), 'pub unsafe fn next_arg() {}\n');
    const flags = [...(location.craneliftBackendFlag ?? []), '-Zfunction-sections=no'];
    const older = await probe({ ...location, craneliftBackendFlag: flags, rustSrc: source }, quietWork());
    expect(older.capabilities).toMatchObject({ cranelift: true, dataSections: false, core197: false });
    expect(older.reasons).toMatchObject({
      dataSections: 'two data objects share one section',
      core197: 'core has no process::abort_immediate',
    });
  });

  it('knows another source of the standard library from this one', async () => {
    const location = await locate(real ?? expect.fail(), 'path');
    const source = temporaryFolder();
    mkdirSync(join(source, 'library/core/src'), { recursive: true });
    const identityWith = async (text: string) => {
      writeFileSync(join(source, 'library/core/src/lib.rs'), text);
      return (await examine({ ...location, rustSrc: source }, home(), quietWork())).identity;
    };
    const [first, second, again] = [
      await identityWith('// 1\n'),
      await identityWith('// 2\n'),
      await identityWith('// 1\n'),
    ];
    expect(second).toMatchObject({ backendHash: first.backendHash, rustcHash: first.rustcHash });
    expect(second.id).not.toBe(first.id);
    expect(again).toEqual(first);
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
