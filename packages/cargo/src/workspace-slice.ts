import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type CargoLock, parseCargoLock } from '@nx-redox/cargo-read';
import { blake3Hex, replaceDirectory, UserError, writeFileWhole } from '@nx-redox/kit';
import { parse, stringify } from 'smol-toml';
import type { CargoManifest } from './manifest';
import type { CompileSettings } from './settings';

/** Left out of the copy of a Cargo workspace: it has its own. */
const OWN = new Set(['Cargo.toml', 'Cargo.lock', '.git', 'target']);

/**
 * Cargo resolves all members of a Cargo workspace, whichever is built, and so fetches the git repositories that any of them
 * needs. This makes a Cargo workspace of only those members that need no other repository than the task's package:
 * a folder of links beside a manifest with fewer members. Members of one such set share it.
 *
 * @param dir gets the folder.
 * @returns the folder, or undefined if every member may stay.
 */
export async function sliceWorkspace(
  task: CompileSettings,
  manifest: CargoManifest,
  dir: string,
): Promise<string | undefined> {
  const root = manifest.workspace_root;
  const lockText = await readFile(join(root, 'Cargo.lock'), 'utf8').catch(() => '');
  if (!lockText.includes('git+')) return undefined;
  const lock = parseCargoLock(lockText, join(root, 'Cargo.lock')).lock;
  if (!lock) return undefined;
  const wanted = repositoriesOf(lock, task.package, task);
  const kept = manifest.packages.filter(({ name }) =>
    [...repositoriesOf(lock, name, task)].every((repository) => wanted.has(repository)),
  );
  if (kept.length === manifest.packages.length) return undefined;

  const file = join(root, 'Cargo.toml');
  const members = kept.map(({ manifest_path }) => relative(root, dirname(manifest_path)).split(sep).join('/')).sort();
  // A root that is a package itself, or members beside the root, would not be what they are in another folder.
  if (members.some((member) => member === '' || member.startsWith('..'))) return undefined;
  const { text, outside } = withMembers(
    await readFile(file, 'utf8'),
    members,
    root,
    relative(task.workspaceRoot, file),
  );
  // From another folder, a member's own way out of the Cargo workspace leads elsewhere.
  const paths = kept.flatMap(({ dependencies }) => dependencies.flatMap(({ path }) => path ?? []));
  if (paths.some((path) => relative(root, path).startsWith('..') && !outside.has(path))) return undefined;
  const entries = (await readdir(root)).filter((name) => !OWN.has(name)).sort();
  const key = blake3Hex(JSON.stringify([relative(task.workspaceRoot, root), text, entries])).slice(0, 16);
  const folder = join(dir, key);
  if (existsSync(join(folder, 'Cargo.toml'))) return folder;
  await mkdir(dir, { recursive: true });
  await replaceDirectory(folder, async (temporary) => {
    // Relative to the final place, which is beside the temporary one.
    for (const name of entries) await symlink(relative(folder, join(root, name)), join(temporary, name));
    await writeFileWhole(join(temporary, 'Cargo.toml'), text);
  });
  return folder;
}

/** Git repositories that a package of the workspace needs, but for the crates that are patched. */
function repositoriesOf({ packages }: CargoLock, name: string, { patches }: CompileSettings): Set<string> {
  const patched = new Set(patches.map(({ crate }) => crate));
  const visited = new Set(packages.flatMap((entry, index) => (entry.name === name && !entry.source ? [index] : [])));
  const repositories = new Set<string>();
  for (const index of visited) {
    const { source, dependencies } = packages[index]!;
    if (source?.startsWith('git+')) repositories.add(source.split('#', 1)[0]!);
    for (const next of dependencies) if (!patched.has(packages[next]!.name)) visited.add(next);
  }
  return repositories;
}

/**
 * The manifest of the Cargo workspace with other members. Folders outside, which it names for all of them, get their
 * absolute paths.
 */
function withMembers(
  text: string,
  members: string[],
  root: string,
  file: string,
): { text: string; outside: ReadonlySet<string> } {
  const manifest = parse(text) as {
    workspace?: { members?: string[]; 'default-members'?: string[]; dependencies?: Record<string, unknown> };
    patch?: Record<string, Record<string, unknown>>;
  };
  if (!manifest.workspace) throw new UserError('this manifest has members, but no [workspace]', { file });
  const outside = new Set<string>();
  manifest.workspace.members = members;
  delete manifest.workspace['default-members'];
  for (const table of [manifest.workspace.dependencies ?? {}, ...Object.values(manifest.patch ?? {})]) {
    for (const entry of Object.values(table)) {
      if (typeof entry !== 'object' || entry === null || !('path' in entry)) continue;
      if (typeof entry.path !== 'string' || !entry.path.startsWith('..')) continue;
      entry.path = join(root, entry.path);
      outside.add(entry.path as string);
    }
  }
  return { text: stringify(manifest), outside };
}
