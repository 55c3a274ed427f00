import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { toolchainHome } from '../home';
import { RUST_VERSION_STRING } from '../pins';
import type { StableRust } from '../stable';

const WORKSPACE = resolve(__dirname, '../../../..');

function hasCranelift(root: string): boolean {
  return existsSync(join(root, 'bin/rustc')) && existsSync(join(root, 'bin/rustc-cranelift'));
}

/** Root of a toolchain with two halves that this machine has: REDOX_TOOLCHAIN's, this workspace's, or one in the user's cache. */
export function realToolchain(): string | undefined {
  if (process.env.REDOX_TOOLCHAIN) return resolve(process.env.REDOX_TOOLCHAIN);
  const file = join(WORKSPACE, 'dist/toolchain/location.json');
  const known = existsSync(file) ? [(JSON.parse(readFileSync(file, 'utf8')) as { root: string }).root] : [];
  const { toolchains } = toolchainHome();
  const cached = existsSync(toolchains) ? readdirSync(toolchains).map((name) => join(toolchains, name)) : [];
  return [...known, ...cached].find(hasCranelift);
}

/** The stable release that archives are completed with, if this machine has it without a download. */
export function realStable(): StableRust | undefined {
  const env = { ...process.env, RUSTUP_AUTO_INSTALL: '0' };
  const which = spawnSync('rustup', ['which', '--toolchain', '1.95.0', 'rustc'], { encoding: 'utf8', env });
  const printed =
    which.status === 0 ? undefined : spawnSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8', env });
  const root =
    which.status === 0
      ? dirname(dirname(which.stdout.trim()))
      : printed?.status === 0
        ? printed.stdout.trim()
        : undefined;
  const version = root && spawnSync(join(root, 'bin/rustc'), ['-vV'], { encoding: 'utf8' }).stdout;
  const host =
    version && version.startsWith(`rustc ${RUST_VERSION_STRING}\n`) ? /^host: (.*)$/m.exec(version)?.[1] : undefined;
  if (root && host) return { root, host };
  // Skipped specs would be missed by nobody there.
  if (process.env.CI && process.env.REDOX_TESTS_WITHOUT_TOOLCHAIN !== '1')
    throw new Error('CI runs the specs of archives, which need stable Rust 1.95.0: rustup toolchain install 1.95.0');
  return undefined;
}
