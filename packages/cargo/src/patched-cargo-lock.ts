import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type CargoLock, type LockedPackage, parseCargoLock } from '@nx-redox/cargo-read';
import { blake3Hex, redact, run, UserError, writeFileWhole } from '@nx-redox/kit';
import { type CargoError, explainFailure } from './cargo-error';
import type { CratePatch } from './settings';

export interface LockRequest {
  /** Cargo.toml that is built, for messages. */
  manifestPath: string;
  workspaceRoot: string;
  /** Folder of the Cargo workspace, whose Cargo.lock is the source's. */
  cargoRoot: string;
  /** Folder of that Cargo.lock. */
  lockRoot: string;
  patches: readonly CratePatch[];
  cargo: string;
  env: Record<string, string | undefined>;
  signal?: AbortSignal;
}

/** `--config` arguments that put the patches in force, as `[patch]` of a Cargo.toml would. */
export function patchArguments(patches: readonly CratePatch[]): string[] {
  return patches.flatMap(({ source, crate, path, version }) => {
    const place = path === undefined ? `version=${JSON.stringify(`=${version}`)}` : `path=${JSON.stringify(path)}`;
    return ['--config', `patch.${JSON.stringify(source)}.${JSON.stringify(crate)}.${place}`];
  });
}

export interface PatchedLock {
  file: string;
  /** The patches without those of crates that nothing in this Cargo workspace needs. */
  patches: readonly CratePatch[];
}

/**
 * Makes the lock file for a build with patches: the source's own, in which the patched crates took their places. The source
 * is not written to. Crates that only a patched one needs get the version that its own Cargo.lock has.
 *
 * @param dir gets the file, in a folder named after the Cargo workspace and the patches.
 * @throws {UserError} if another crate would change its version, or get one that no lock file names.
 * @throws {CargoError} if cargo fails.
 */
export async function patchedLock(request: LockRequest, dir: string): Promise<PatchedLock> {
  const { cargoRoot, lockRoot, patches, workspaceRoot } = request;
  const file = join(lockRoot, 'Cargo.lock');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot be read: ${error.code ?? error.message}`, {
      file: relative(workspaceRoot, file),
      advice:
        'take Cargo.lock from where the source comes from: without it crates change their versions from day to day',
    });
  });
  const old = parse(text, relative(workspaceRoot, file));
  for (const patch of patches) requireReplaced(patch, old, relative(workspaceRoot, file));
  const seeds = await Promise.all(
    patches.flatMap(({ path }) => (path === undefined ? [] : [nearestLock(path, workspaceRoot)])),
  );
  const pinned = [...new Map(seeds.flatMap((seed) => (seed ? [[seed.file, seed]] : []))).values()];

  await mkdir(dir, { recursive: true });
  const work = await mkdtemp(join(dir, 'new-'));
  try {
    const made = join(work, 'Cargo.lock');
    const start = text + seedText(old, pinned, patches);
    await writeFile(made, start);
    const unused = await resolve(request, made);
    const used = patches.filter(({ crate }) => !unused.includes(crate));
    if (unused.length > 0) {
      // Cargo notes unused patches in the lock file, and would warn at each build.
      await writeFile(made, start);
      await resolve({ ...request, patches: used }, made);
    }
    const patched = await readFile(made, 'utf8');
    const problems = unexpectedChanges(
      old,
      parse(patched, made),
      patches,
      pinned.map(({ lock }) => lock),
    );
    if (problems.length > 0) {
      throw new UserError(
        `the patches would change other crates, too:${problems.map((line) => `\n  ${line}`).join('')}`,
        {
          file: relative(workspaceRoot, file),
          advice: [
            'patch these crates as well, to versions that fit',
            'or put a Cargo.lock beside the crate that takes the place: its versions are used for what only that crate needs',
          ],
        },
      );
    }
    const key = blake3Hex(JSON.stringify([relative(workspaceRoot, cargoRoot), patches])).slice(0, 16);
    const result = join(dir, key, 'Cargo.lock');
    if ((await readFile(result, 'utf8').catch(() => undefined)) !== patched) await writeFileWhole(result, patched);
    return { file: result, patches: used };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A patch for a crate that nobody asks for is a mistake: cargo would leave it out with a warning. */
function requireReplaced({ source, crate }: CratePatch, { packages }: CargoLock, file: string): void {
  const found = packages.filter(({ name }) => name === crate).map((entry) => entry.source ?? 'a folder');
  const url = source === 'crates-io' ? 'registry+https://github.com/rust-lang/crates.io-index' : `git+${source}`;
  if (found.some((from) => [url, `registry+${source}`].includes(from.split(/[?#]/, 1)[0]!))) return;
  throw new UserError(`no crate "${crate}" comes from ${source}, so there is nothing to patch`, {
    file,
    advice: [
      found.length > 0 ? `"${crate}" comes from ${found.join(', ')}` : `no crate is called "${crate}"`,
      'correct [nx.patch] of the recipe, which names the source as Cargo.toml does',
    ],
  });
}

/** Lets cargo change the lock file as little as the patches need; returns the crates whose patches are not used. */
async function resolve(request: LockRequest, lockFile: string): Promise<string[]> {
  const { cargo, cargoRoot, patches, signal } = request;
  const env = { ...request.env, CARGO_UNSTABLE_LOCKFILE_PATH: 'true', CARGO_RESOLVER_LOCKFILE_PATH: lockFile };
  const args = ['update', '--workspace', '--color=never', ...patchArguments(patches)];
  const result = await run(cargo, args, { cwd: cargoRoot, env, signal });
  if (result.exitCode !== 0)
    throw explainFailure(request, [], redact(result.stderr.trim()), result.signal) satisfies CargoError;
  return [...result.stderr.matchAll(/^warning: patch `(\S+) .*` was not used in the crate graph/gim)].map(
    ([, name]) => name!,
  );
}

interface PinnedLock {
  file: string;
  lock: CargoLock;
  text: string;
}

/** The Cargo.lock of a crate or of the Cargo workspace around it. */
async function nearestLock(folder: string, workspaceRoot: string): Promise<PinnedLock | undefined> {
  for (let at = folder; at.startsWith(`${workspaceRoot}/`); at = dirname(at)) {
    const file = join(at, 'Cargo.lock');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return { file, text, lock: parse(text, relative(workspaceRoot, file)) };
  }
  return undefined;
}

function parse(text: string, file: string): CargoLock {
  const { lock } = parseCargoLock(text, file);
  if (!lock) throw new UserError('this is no lock file of cargo', { file });
  return lock;
}

/** Versions that cargo takes for one another: 1.2 for 1.0, but not 0.2 for 0.1. */
function line({ name, version }: LockedPackage): string {
  const [major, minor, patch] = version.split('.');
  return `${name} ${major !== '0' ? major : minor !== '0' ? `0.${minor}` : `0.0.${patch}`}`;
}

/**
 * Crates of the registry that the patched crates need and the source's lock file has no like of: cargo prefers versions that
 * it finds in the file.
 */
function seedText(old: CargoLock, pinned: readonly PinnedLock[], patches: readonly CratePatch[]): string {
  const patched = new Set(patches.map(({ crate }) => crate));
  const known = new Set(old.packages.map(line));
  const added: string[] = [];
  for (const { lock } of pinned) {
    const needed = new Set(
      lock.packages.flatMap(({ name, source }, index) => (!source && patched.has(name) ? [index] : [])),
    );
    for (const index of needed) for (const next of lock.packages[index]!.dependencies) needed.add(next);
    const fresh = [...needed]
      .map((index) => lock.packages[index]!)
      .filter((entry) => entry.source?.startsWith('registry+') && !known.has(line(entry)));
    for (const entry of fresh) {
      const dependencies = entry.dependencies.map((index) => {
        const { name, version, source } = lock.packages[index]!;
        return source === undefined ? `${name} ${version}` : `${name} ${version} (${source})`;
      });
      const fields = {
        name: entry.name,
        version: entry.version,
        source: entry.source,
        checksum: entry.hash,
        dependencies,
      };
      const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
      added.push(`\n[[package]]\n${lines.map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join('')}`);
    }
    for (const entry of fresh) known.add(line(entry));
  }
  return added.join('');
}

/**
 * What the patches changed that they do not name. A crate that is no longer needed may go; one that is new must be in a
 * lock file already, and crates that nobody patched must depend on what they did before.
 */
export function unexpectedChanges(
  old: CargoLock,
  now: CargoLock,
  patches: readonly CratePatch[],
  pinned: readonly CargoLock[],
): string[] {
  const patched = new Set(patches.map(({ crate }) => crate));
  const versions = new Set(
    [old, ...pinned].flatMap(({ packages }) => packages.map(({ name, version }) => `${name} ${version}`)),
  );
  const before = new Map(old.packages.map((entry) => [id(entry), edges(old, entry, patched)]));
  return now.packages.flatMap((entry) => {
    // Manifests in folders may have been patched themselves, and say what they need.
    if (entry.source !== undefined && !patched.has(entry.name) && !versions.has(`${entry.name} ${entry.version}`)) {
      return [`${entry.name} ${entry.version} would be new`];
    }
    const had = before.get(id(entry));
    if (had === undefined || entry.source === undefined || patched.has(entry.name)) return [];
    const has = edges(now, entry, patched);
    const lost = [...had].filter((edge) => !has.has(edge));
    const gained = [...has].filter((edge) => !had.has(edge));
    // An edge that is only gone belonged to a feature that nothing asks for any more.
    if (gained.length === 0) return [];
    return [
      `${entry.name} ${entry.version} would depend on ${gained.join(', ')} instead of ${lost.join(', ') || 'nothing'}`,
    ];
  });
}

const id = ({ name, version, source = '' }: LockedPackage): string => `${name} ${version} ${source}`;

function edges({ packages }: CargoLock, { dependencies }: LockedPackage, patched: ReadonlySet<string>): Set<string> {
  const targets = dependencies.map((index) => packages[index]!).filter(({ name }) => !patched.has(name));
  return new Set(targets.map(({ name, version }) => `${name} ${version}`));
}
