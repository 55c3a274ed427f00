import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { cargoManifestsOf, readCargoFacts } from '@nx-redox/cargo-read';

/** What may have an effect on a package and cargo does not watch, or by time stamps only, as a hash; by package. */
export type Freshness = Readonly<Record<string, string>>;

/** Watched by cargo itself, by content; and documents, which count where they are named. */
const WATCHED = /(^|\/)(Cargo\.(toml|lock)|[^/]*\.md)$/;
/** Watched by content too, unless it is a build script that reads them: what that names is watched by time stamps. */
const RUST = /\.rs$/;
/** Ours: what they say is in the command line. */
const OURS = /(^|\/)(recipe\.(toml|lock|inputs)|\.source[^/]*)$/;

/**
 * Hashes files that cargo does not know of, or by time stamps only: those in a package's folder that are no Rust (a
 * procedural macro or a build script may read them without saying so), all of a package with a build script, and those outside. The packages are compiled anew if they change.
 *
 * @param manifestPath of the package that is built.
 * @param reads files and folders outside, relative to the workspace.
 */
export async function freshnessOf(
  workspaceRoot: string,
  manifestPath: string,
  reads: readonly string[],
): Promise<Freshness> {
  const dir = relative(workspaceRoot, dirname(manifestPath)).split(sep).join('/');
  const read = cargoManifestsOf(workspaceRoot);
  const { facts } = readCargoFacts(dir, read);
  const outside = await contents(workspaceRoot, reads);
  const freshness: Record<string, string> = {};
  for (const crate of [dir, ...(facts?.dependencies ?? []).map((dependency) => dependency.dir)]) {
    const { package: name, build } = read(`${crate}/Cargo.toml`)?.manifest ?? {};
    if (name === undefined) continue;
    const hasScript = build === undefined ? existsSync(join(workspaceRoot, crate, 'build.rs')) : build !== false;
    const counts = (path: string) => !WATCHED.test(path) && !OURS.test(path) && (hasScript || !RUST.test(path));
    const inside = await contents(workspaceRoot, [crate], counts);
    if (inside.length + outside.length === 0) continue;
    freshness[name] = hash('sha256', JSON.stringify([inside, outside]), 'hex').slice(0, 16);
  }
  return freshness;
}

/** Files with the hashes of their contents, in one order everywhere. */
async function contents(
  root: string,
  paths: readonly string[],
  wanted: (path: string) => boolean = () => true,
): Promise<[path: string, hash: string][]> {
  const found: [string, string][] = [];
  const add = async (path: string): Promise<void> => {
    const bytes = await readFile(join(root, path)).catch(() => undefined);
    if (bytes !== undefined) found.push([path, hash('sha256', bytes, 'hex')]);
  };
  const walk = async (dir: string, isTop: boolean): Promise<void> => {
    const entries = await readdir(join(root, dir), { withFileTypes: true }).catch(() => []);
    const names = new Set(entries.map(({ name }) => name));
    // What cargo has compiled, and packages of their own.
    if (names.has('CACHEDIR.TAG') || (!isTop && names.has('Cargo.toml'))) return;
    for (const entry of entries) {
      const path = `${dir}/${entry.name}`;
      if (entry.name === '.git' || entry.name === 'node_modules') continue;
      const isFolder = entry.isSymbolicLink()
        ? await stat(join(root, path)).then(
            (target) => target.isDirectory(),
            () => false,
          )
        : entry.isDirectory();
      // A link to a folder counts by what the caller names.
      if (isFolder) {
        if (!entry.isSymbolicLink()) await walk(path, false);
      } else if (wanted(path)) await add(path);
    }
  };
  for (const path of paths) {
    const kind = await stat(join(root, path)).catch(() => undefined);
    if (kind?.isDirectory()) await walk(path, true);
    else if (kind !== undefined) await add(path);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The flag that makes cargo compile a package anew. */
export function freshnessFlags(freshness: Freshness, name: string): string[] {
  const hash = freshness[name];
  return hash === undefined ? [] : [`-Cmetadata=read-${hash}`];
}

/** Settings for cargo that say the same of other packages of a build. */
export function freshnessArguments(freshness: Freshness, without: readonly string[]): string[] {
  return Object.keys(freshness)
    .filter((name) => !without.includes(name))
    .sort()
    .flatMap((name) => [
      '--config',
      `profile.release.package.${JSON.stringify(name)}.rustflags=${JSON.stringify(freshnessFlags(freshness, name))}`,
    ]);
}
