import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

/** The toolchain archive to install from, if REDOX_TOOLCHAIN_ARCHIVE names one. Nothing else outside the clone is taken. */
export function findToolchainArchive() {
  const given = process.env.REDOX_TOOLCHAIN_ARCHIVE;
  return given ? resolve(given) : undefined;
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
