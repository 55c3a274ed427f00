import { posix } from 'node:path';
import picomatch from 'picomatch';
import { cargoGlob } from '../cargo-glob';
import type { CargoManifest } from '@nx-redox/cargo-read';
import type { RecipeModel } from '../model';
import type { Workspace } from '../workspace';

/** A package with a program in the Cargo workspace of a recipe's source: one Nx project. */
export interface MemberModel {
  owner: RecipeModel;
  /** Folder of the package, relative to the workspace root. */
  dir: string;
  package: string;
  description: string | undefined;
  /** Names of its programs. */
  bins: readonly string[];
  /** Name of the Nx project. */
  project: string;
}

/**
 * The packages with a program in sources that are Cargo workspaces, and those that lie beside the members with a
 * workspace of their own. A source with one package is the recipe itself.
 *
 * @param taken names of projects; those of the members are added.
 */
export function loadMembers(recipes: readonly RecipeModel[], taken: Set<string>, workspace: Workspace): MemberModel[] {
  return recipes.flatMap((owner) => {
    const root = owner.source!.folder;
    const manifest = workspace.cargoManifest(posix.join(root, 'Cargo.toml'))?.manifest;
    if (manifest?.isWorkspace !== true) return [];
    const folders = new Set([...memberFolders(root, manifest, workspace), ...workspace.folders(root)]);
    const members = [...folders].sort().flatMap((dir): MemberModel[] => {
      const found = workspace.cargoManifest(posix.join(dir, 'Cargo.toml'))?.manifest;
      if (found?.package === undefined) return [];
      const bins = binsOf(dir, found, workspace);
      if (bins.length === 0) return [];
      return [{ owner, dir, package: found.package, description: found.description, bins, project: '' }];
    });
    if (members.length < 2) return [];
    for (const member of members) {
      const name = taken.has(member.package) ? `${owner.project}-${member.package}` : member.package;
      // Two packages of one name in one source cannot both be in one lock file; the folder tells them apart.
      member.project = taken.has(name)
        ? `${owner.project}-${posix.relative(root, member.dir).replaceAll('/', '-')}`
        : name;
      taken.add(member.project);
    }
    return members;
  });
}

/** Folders that `members` of a workspace names, as cargo matches them (the crate glob). */
function memberFolders(root: string, { members, excluded }: CargoManifest, workspace: Workspace): string[] {
  const isExcluded = (dir: string) => excluded.some((path) => `${dir}/`.startsWith(`${posix.join(root, path)}/`));
  return members.flatMap((pattern) => {
    const path = posix.join(root, pattern).replace(/\/$/, '');
    const { base, isGlob } = picomatch.scan(path);
    if (!isGlob) return [path];
    const matches = cargoGlob(path);
    return foldersBelow(base, path.split('/').length, path.includes('**'), workspace).filter(
      (dir) => matches(dir) && !isExcluded(dir),
    );
  });
}

/** Folders below one, as deep as a pattern reaches. */
function foldersBelow(dir: string, depth: number, any: boolean, workspace: Workspace): string[] {
  if (!any && dir.split('/').length >= depth) return [];
  return workspace.folders(dir).flatMap((inner) => [inner, ...foldersBelow(inner, depth, any, workspace)]);
}

function binsOf(dir: string, { package: name, bins, autobins }: CargoManifest, workspace: Workspace): string[] {
  const found = new Set(bins);
  if (!autobins) return [...found];
  if (workspace.exists(posix.join(dir, 'src/main.rs')) && bins.length === 0) found.add(name!);
  for (const file of workspace.entries(posix.join(dir, 'src/bin'))) {
    if (file.endsWith('.rs')) found.add(posix.basename(file, '.rs'));
  }
  return [...found];
}
