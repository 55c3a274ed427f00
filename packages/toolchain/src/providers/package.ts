import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { sha256File, UserError } from '@nx-redox/kit';
import { PLATFORM_PACKAGES, type PlatformPackage } from '../pins';
import { installArchive } from './archive';
import type { Provider } from './provider';

/** The machine that packages are for, as npm names it: `linux-x64`. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** The archive in the installed package for a machine; undefined if there is no such package or it is not installed. */
export function packagedArchive(platform = PLATFORM, from = __filename): string | undefined {
  const wanted = PLATFORM_PACKAGES[platform];
  return wanted && archiveIn(wanted, from);
}

function archiveIn({ name, archive }: PlatformPackage, from: string): string | undefined {
  try {
    const file = join(dirname(createRequire(from).resolve(`${name}/package.json`)), archive);
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the archive of the package for this machine, an optional dependency of this one. */
export const fromPackage: Provider = async (context) => {
  const wanted = PLATFORM_PACKAGES[PLATFORM];
  if (wanted === undefined) {
    throw new UserError(`there is no package with a toolchain for ${PLATFORM}`, {
      advice: `there are packages for: ${Object.keys(PLATFORM_PACKAGES).join(', ')}`,
    });
  }
  const file = packagedArchive();
  if (file === undefined) {
    throw new UserError(`the package ${wanted.name} is not installed`, {
      advice: 'install it; it is an optional dependency, which `--omit=optional` leaves out',
    });
  }
  const got = await sha256File(file);
  if (got !== wanted.sha256) {
    throw new UserError(`this is not the archive that was published: its SHA-256 is ${got}, not ${wanted.sha256}`, {
      file,
      advice: `install ${wanted.name} again, in the version of @nx-redox/toolchain`,
    });
  }
  return installArchive(file, 'package', context);
};
