import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { replaceDirectory, sha256File, UserError } from '@nx-redox/kit';
import { completeToolchain } from '../complete';
import type { Home } from '../home';
import { locate, type Location, type ProviderName } from '../location';
import { findStable } from '../stable';
import { unpackTar } from '../unpack';
import type { Provider, ProviderContext } from './provider';

/** Written last into an unpacked toolchain. */
interface Stamp {
  provider: ProviderName;
  /** SHA-256 of the archive. */
  archive: string;
}

const STAMP = 'nx-redox.json';

async function readStamp(folder: string): Promise<Stamp | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, STAMP), 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

/** Whether the links to the stable half still lead somewhere. */
function isComplete(folder: string): boolean {
  return ['bin/rustc', 'bin/rustc-llvm', 'bin/cargo'].every((name) => existsSync(join(folder, name)));
}

/**
 * Installs an archive with the Cranelift half into the user's cache and completes it with the stable half.
 * An archive that was installed before is only looked up.
 *
 * @throws {UserError} if the archive is damaged or for another machine, or the stable half cannot be had.
 */
export async function installArchive(
  file: string,
  provider: ProviderName,
  context: ProviderContext,
): Promise<Location> {
  const { home, work, options } = context;
  const hash = await sha256File(file);
  const folder = join(home.toolchains, hash.slice(0, 16));
  const stamp = await readStamp(folder);
  if (stamp && isComplete(folder)) return locate(folder, provider);

  const stable = await findStable(options.stable, work);
  if (stamp) {
    // The stable half was moved or removed since.
    await completeToolchain(folder, stable);
  } else {
    await replaceDirectory(folder, async (temporary) => {
      await unpackTar(file, temporary, work);
      await completeToolchain(temporary, stable).catch((error: unknown) => {
        throw error instanceof UserError ? new UserError(error.message, { file, advice: error.advice }) : error;
      });
      const written: Stamp = { provider, archive: hash };
      await writeFile(join(temporary, STAMP), `${JSON.stringify(written)}\n`);
    });
  }
  return locate(folder, provider);
}

/** Uses the archive that was given. */
export const fromArchive: Provider = async (context) => {
  const given = context.options.archive;
  const advice = 'set REDOX_TOOLCHAIN_ARCHIVE or the option "archive" to a .tar.xz or .tar.gz file';
  if (!given) throw new UserError('the provider "archive" needs a file', { advice });
  const file = resolve(given);
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new UserError('the toolchain archive does not exist', { file, advice });
  const wanted = context.options.sha256?.toLowerCase();
  const got = wanted === undefined ? undefined : await sha256File(file);
  if (got !== wanted) {
    throw new UserError(`this is not the archive that was expected: its SHA-256 is ${got}, not ${wanted}`, {
      file,
      advice: 'fetch it again, or correct REDOX_TOOLCHAIN_SHA256 (the option "sha256") if another one is meant',
    });
  }
  return installArchive(file, 'archive', context);
};

/** The toolchains that are unpacked in the user's cache and still work, newest first. */
export async function installedToolchains(home: Home): Promise<Location[]> {
  const names = await readdir(home.toolchains).catch((): string[] => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const folder = join(home.toolchains, name);
      const stamp = await readStamp(folder);
      if (!stamp || !isComplete(folder)) return [];
      return [{ time: (await stat(join(folder, STAMP))).mtimeMs, location: await locate(folder, stamp.provider) }];
    }),
  );
  return found
    .flat()
    .sort((a, b) => b.time - a.time)
    .map(({ location }) => location);
}
