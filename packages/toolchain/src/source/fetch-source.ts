import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { sha256File, UserError } from '@nx-redox/kit';
import { download } from '../download';
import { DEBIAN_SOURCE, OFFICIAL_SOURCE, RUST } from '../pins';
import type { Work } from '../progress';
import { aptMirrors } from './mirrors';

const RELEASES = [DEBIAN_SOURCE, OFFICIAL_SOURCE];

/** Where to look for the source release, best first: what the machine's own apt offers is a third as large. */
export function sourceUrls(mirrors: readonly string[]): { url: string; sha256: string; name: string }[] {
  return [
    ...mirrors.map((mirror) => ({ ...DEBIAN_SOURCE, url: `${mirror}/${DEBIAN_SOURCE.path}` })),
    OFFICIAL_SOURCE,
  ].map(({ url, sha256, name }) => ({ url, sha256, name }));
}

async function checkedFile(path: string): Promise<string> {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new UserError(`the source release does not exist`, {
      file,
      advice: 'correct REDOX_RUSTC_SOURCE or the option "source"',
    });
  }
  const got = await sha256File(file);
  if (!RELEASES.some((release) => release.sha256 === got)) {
    throw new UserError(`this is not the source release of Rust ${RUST.version}: its SHA-256 is ${got}`, {
      file,
      advice: `use ${RELEASES.map((release) => `${release.name} (${release.sha256})`).join(' or ')}`,
    });
  }
  return file;
}

/**
 * The path of rustc's verified source release: the file or URL given, or a download into `folder` from the
 * machine's Debian mirror or the Rust project. A download that is there already is used.
 *
 * @throws {UserError} with every place that was tried and why it did not do.
 */
export async function fetchSource(folder: string, given: string | undefined, work: Work): Promise<string> {
  if (given && !/^https?:\/\//.test(given)) return checkedFile(given);

  for (const release of RELEASES) {
    const path = join(folder, release.name);
    if (existsSync(path) && (await sha256File(path)) === release.sha256) return path;
  }
  if (given) {
    const name = basename(new URL(given).pathname);
    const release = RELEASES.find((known) => known.name === decodeURIComponent(name)) ?? OFFICIAL_SOURCE;
    await download(given, join(folder, release.name), release.sha256, work);
    return join(folder, release.name);
  }
  const tried: string[] = [];
  for (const { url, sha256, name } of sourceUrls(await aptMirrors())) {
    try {
      await download(url, join(folder, name), sha256, work);
      return join(folder, name);
    } catch (error) {
      if (work.signal?.aborted || !(error instanceof UserError)) throw error;
      tried.push(error.message);
    }
  }
  throw new UserError(`the source release of Rust ${RUST.version} could not be downloaded:\n  ${tried.join('\n  ')}`, {
    advice: `fetch ${RELEASES.map((release) => release.name).join(' or ')} by other means and set REDOX_RUSTC_SOURCE to the file`,
  });
}
