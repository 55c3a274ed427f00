import { createHash, hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { blake3Hex, sha256File, UserError } from '@nx-redox/kit';
import { stampsOf } from '../../bin/installed';
import type { Home } from '../home';
import { craneliftLibrary, writeJsonIfChanged, type Location } from '../location';
import { rustcVersion } from '../stable';
import type { Work } from '../progress';
import { probe, type ProbeResult } from './probes';
import type { Identity } from './record';

export interface Examination {
  identity: Identity;
  /** For each capability that is missing, the compiler's first error. */
  reasons: ProbeResult['reasons'];
  /** The files that the identity rests on. */
  files: string[];
}

/** Changes when the probes or the hashes do, so that old results are not taken for new ones. */
const EXAMINATION_REVISION = 3;

interface CacheEntry extends Omit<Examination, 'files'> {
  revision: number;
  /** Size and time stamp of each file that the identity rests on. */
  stamps: Record<string, string | null>;
}

async function driverLibrary(location: Location): Promise<string> {
  const lib = join(location.root, 'lib');
  const names = await readdir(lib).catch((): string[] => []);
  const name = names.find((candidate) => /^librustc_driver.*\.(so|dylib)$/.test(candidate));
  return name ? join(lib, name) : location.rustc;
}

/** SHA-256 over every file below a folder, by path and content; the same in any folder. */
async function treeHash(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const path of paths.sort()) {
    const bytes = await readFile(path);
    hash.update(`${relative(root, path)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

async function cached(file: string): Promise<CacheEntry | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as CacheEntry;
  } catch {
    return undefined;
  }
}

/** The identity without its `id`, with the `id` that follows from it. */
export function sealIdentity(facts: Omit<Identity, 'id'>): Identity {
  return { ...facts, id: blake3Hex(JSON.stringify(facts)).slice(0, 16) };
}

/**
 * Finds out what a toolchain is and what it can do. The result is kept in the user's cache for as long as size and
 * time stamp of its programs and libraries stay the same, so that only the first call compiles and hashes.
 *
 * @throws {UserError} if its rustc does not run.
 */
export async function examine(location: Location, home: Home, work: Work): Promise<Examination> {
  const backend = await craneliftLibrary(location.root);
  const driver = await driverLibrary(location);
  const library = location.rustSrc && join(location.rustSrc, 'library');
  const files = [
    ...[location.rustc, location.rustcLlvm, location.cargo, driver],
    ...(backend ? [backend] : []),
    // Whoever replaces the source replaces these two; that nobody edits it in place is taken for granted.
    ...(library
      ? [join(library, 'Cargo.lock'), join(library, 'core/src/lib.rs')].filter((path) => existsSync(path))
      : []),
  ];
  const stamps = stampsOf(files);
  const file = join(home.root, 'identities', `${hash('sha256', location.root, 'hex').slice(0, 16)}.json`);
  const known = await cached(file);
  if (known?.revision === EXAMINATION_REVISION && JSON.stringify(known.stamps) === JSON.stringify(stamps)) {
    return { identity: known.identity, reasons: known.reasons, files };
  }

  const version = await rustcVersion(location.rustc, work.signal);
  if (!version?.release || !version.host) {
    throw new UserError('this rustc does not run', {
      file: location.rustc,
      advice: `try it by hand: ${location.rustc} -vV`,
    });
  }
  const result = await probe(location, work);
  const identity = sealIdentity({
    schema: 1,
    rustc: version.release,
    commit: version['commit-hash'] ?? 'unknown',
    host: version.host,
    cranelift: result.cranelift,
    backendHash: backend ? await sha256File(backend) : null,
    rustcHash: await sha256File(driver),
    libraryHash: library ? await treeHash(library) : null,
    capabilities: result.capabilities,
  });
  const entry: CacheEntry = { revision: EXAMINATION_REVISION, stamps, identity, reasons: result.reasons };
  await writeJsonIfChanged(file, entry);
  return { identity, reasons: result.reasons, files };
}

export function identityFile(workspaceRoot: string): string {
  return join(workspaceRoot, 'dist/toolchain/identity.json');
}

/**
 * The identity of the toolchain that this workspace uses.
 *
 * @throws {UserError} if none was installed.
 */
export async function readIdentity(workspaceRoot: string): Promise<Identity> {
  const file = identityFile(workspaceRoot);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Identity;
  } catch (error) {
    throw new UserError('the identity of the toolchain cannot be read', {
      file,
      advice: 'npx nx run toolchain:install',
      cause: error,
    });
  }
}
