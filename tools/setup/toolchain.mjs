import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

/**
 * The toolchain archive to install from: REDOX_TOOLCHAIN_ARCHIVE, else one that lies in `shared/toolchain`
 * beside the clone (as on a build machine that keeps it for several checkouts).
 */
export function findToolchainArchive(root) {
  if (process.env.REDOX_TOOLCHAIN_ARCHIVE) return resolve(process.env.REDOX_TOOLCHAIN_ARCHIVE);
  if (process.env.REDOX_TOOLCHAIN) return undefined;
  const shared = resolve(root, '..', 'shared', 'toolchain');
  const cpu = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
  const name = existsSync(shared)
    ? readdirSync(shared).find((file) => /^rust-.*-cranelift-/.test(file) && file.includes(`-${cpu}-`))
    : undefined;
  return name && join(shared, name);
}

/** Whether this workspace has a toolchain already and nothing asks for another one. */
export function toolchainIsReady(root) {
  if (process.env.REDOX_TOOLCHAIN || process.env.REDOX_TOOLCHAIN_ARCHIVE) return false;
  try {
    const location = JSON.parse(readFileSync(join(root, 'dist', 'toolchain', 'location.json'), 'utf8'));
    return existsSync(location.rustc) && existsSync(location.cargo);
  } catch {
    return false;
  }
}
