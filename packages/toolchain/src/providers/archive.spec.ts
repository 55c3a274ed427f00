import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toolchainHome } from '../home';
import type { StableRust } from '../stable';
import { writeArchive } from '../testing/archives';
import { quietWork } from '../testing/quiet';
import { realStable } from '../testing/real-toolchain';
import { temporaryFolder } from '../testing/temporary';
import { fromArchive, installedToolchains } from './archive';
import type { ProviderContext } from './provider';

const stable = realStable();

async function halfArchive(file: string, host: string): Promise<void> {
  await writeArchive(file, 'xz', [
    { name: 'rust-x/bin/rustc-cranelift', content: '#!/bin/sh\n', mode: 0o755 },
    { name: `rust-x/lib/rustlib/${host}/codegen-backends/librustc_codegen_cranelift-x.so`, content: 'library' },
    { name: 'rust-x/lib/rustlib/src/rust/library/core/src/lib.rs', content: 'source '.repeat(3000) },
  ]);
}

async function setUp(
  host: string,
): Promise<{ archive: string; context: ProviderContext; home: ReturnType<typeof toolchainHome> }> {
  const folder = temporaryFolder();
  const archive = join(folder, 'half.tar.xz');
  await halfArchive(archive, host);
  const home = toolchainHome({ REDOX_TOOLCHAIN_HOME: join(folder, 'home') });
  return { archive, home, context: { home, work: quietWork(), options: { archive } } };
}

describe.skipIf(!stable)('the archive provider, with the stable release of this machine', () => {
  const { host, root: stableRoot } = stable as StableRust;

  it('unpacks, completes with links, and finds it the next time', async () => {
    const { context } = await setUp(host);
    const location = await fromArchive(context);
    expect(readlinkSync(location.cargo)).toBe(join(stableRoot, 'bin/cargo'));
    expect(readlinkSync(location.rustcLlvm)).toBe(join(stableRoot, 'bin/rustc'));
    expect(statSync(location.rustc).mode & 0o111).toBe(0o111);
    expect(location.craneliftBackendFlag).toEqual(['-Zcodegen-backend=cranelift']);
    const time = statSync(location.rustc).mtimeMs;
    expect(await fromArchive(context)).toEqual(location);
    expect(statSync(location.rustc).mtimeMs).toBe(time);
    expect(await installedToolchains(context.home)).toEqual([location]);
  });

  it('leaves nothing of an archive that is cut off, and installs the whole one after it', async () => {
    const { archive, context, home } = await setUp(host);
    const whole = readFileSync(archive);
    writeFileSync(archive, whole.subarray(0, whole.length - 30));
    await expect(fromArchive(context)).rejects.toMatchObject({
      name: 'UserError',
      file: archive,
      message: expect.stringContaining('cut off'),
    });
    expect(readdirSync(home.toolchains)).toEqual([]);
    expect(await installedToolchains(home)).toEqual([]);
    writeFileSync(archive, whole);
    expect(existsSync((await fromArchive(context)).rustc)).toBe(true);
  });

  it('mends links to a stable release that has moved', async () => {
    const { context } = await setUp(host);
    const { rustcLlvm } = await fromArchive(context);
    rmSync(rustcLlvm);
    expect(await installedToolchains(context.home)).toEqual([]);
    expect(existsSync((await fromArchive(context)).rustcLlvm)).toBe(true);
  });

  it('sweeps up after a run that was killed', async () => {
    const { context, home } = await setUp(host);
    const left = join(home.toolchains, '.0123456789abcdef.4194304.deadbeef');
    mkdirSync(left, { recursive: true });
    // Of another machine, which alone knows whether it still works on it: so old that it does not.
    utimesSync(left, 0, 0);
    await fromArchive(context);
    expect(existsSync(left)).toBe(false);
  });

  it('refuses the half of another machine and what is no half', async () => {
    const other = await setUp('riscv64gc-unknown-linux-gnu');
    await expect(fromArchive(other.context)).rejects.toThrow(/for riscv64gc-unknown-linux-gnu, this machine is /);
    await writeArchive(other.archive, 'gz', [{ name: 'top/readme', content: 'x' }]);
    await expect(fromArchive(other.context)).rejects.toThrow(/does not hold the Cranelift half/);
    expect(readdirSync(other.home.toolchains)).toEqual([]);
  });
});

describe('the archive provider', () => {
  it('says that the file is not there', async () => {
    const home = toolchainHome({ REDOX_TOOLCHAIN_HOME: temporaryFolder() });
    const work = quietWork();
    await expect(fromArchive({ home, work, options: { archive: '/nowhere/x.tar.xz' } })).rejects.toMatchObject({
      file: '/nowhere/x.tar.xz',
    });
    await expect(fromArchive({ home, work, options: {} })).rejects.toThrow(/needs a file/);
  });
});
