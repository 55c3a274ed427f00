import { posix } from 'node:path';
import { configFiles } from '@nx-redox/cargo-read';
import { lockFile } from '../crates';
import { linkerScripts, type Component, type RecipeModel, type SystemModel } from '../model';
import type { InputDefinition } from '../nx';
import type { ResolvedPatch } from '../patches';
import { shapeInputs } from '../shape';

/** Configuration files that cargo reads when it runs in `dir`, as far as they are in the workspace. */
const cargoConfigs = (dir: string): string[] => configFiles([dir], () => []);

/** All files that a component is built from, but for what other tasks make. */
export function sourceInputs(recipe: RecipeModel, component: Component, system: SystemModel): InputDefinition[] {
  const { source, dir } = recipe;
  const { reads } = component;
  const folders = [...new Set([dir, ...inPlaceFolders(recipe, component)])];
  const isInside = (path: string): boolean => folders.some((folder) => `${path}/`.startsWith(`${folder}/`));
  const files = [
    ...(source?.fetchedBy === undefined ? inPlaceFiles(recipe, component) : fetchedFiles(recipe, source.folder)),
    ...linkerScripts(recipe, component, system),
  ];
  return [
    // By the workspace's root, since a project has no files of the projects in its folders.
    ...folders.map((folder) => `{workspaceRoot}/${folder}/**/*`),
    ...folders
      .filter((folder) => !reads.files.some((file) => file.endsWith('.md') && file.startsWith(`${folder}/`)))
      .map((folder) => `!{workspaceRoot}/${folder}/**/*.md`),
    ...(source?.fetchedBy === undefined
      ? []
      : [`!{workspaceRoot}/${dir}/source/**`, `!{workspaceRoot}/${dir}/.source*`]),
    ...files.filter((file) => !isInside(file)).map((file) => `{workspaceRoot}/${file}`),
    ...reads.folders.map((folder) => `{workspaceRoot}/${folder}/**/*`),
    ...reads.files.map((file) => `{workspaceRoot}/${file}`),
    // What git says of a repository inside another one: its folder, with a slash if nobody has added it.
    ...component.repositories.flatMap((folder) => [`{workspaceRoot}/${folder}`, `{workspaceRoot}/${folder}/`]),
    ...shapeInputs(recipe.shape),
    // With inputs of dependencies Nx hashes the crates that the project reaches, and only those.
    ...(component.crates === undefined ? [] : ['^{projectRoot}/Cargo.toml']),
  ];
}

/** Crates that take the place of others, as far as they are not files of the component itself. */
export function patchInputs({ dir }: RecipeModel, patches: readonly ResolvedPatch[]): InputDefinition[] {
  const files = patches.flatMap(({ path, recipe }) => {
    if (path === undefined || `${path}/`.startsWith(`${dir}/`)) return [];
    const { fetchedBy, owner } = recipe?.source ?? {};
    if (recipe === undefined || fetchedBy === undefined) return [`${path}/**/*`];
    // A fetched tree counts by its lock, recipe and patches.
    return [
      posix.join(recipe.dir, 'recipe.lock'),
      fetchedBy.file,
      ...fetchedBy.patches.map((patch) => posix.join(owner!, patch)),
    ];
  });
  return [...new Set(files)].map((file) => `{workspaceRoot}/${file}`);
}

/** Variables of the user that the recipe, or the script of its source, asks for. */
export function variableInputs({ recipe, source }: RecipeModel): InputDefinition[] {
  const names = [...(recipe?.nx.env ?? []), ...(source?.fetchedBy?.env ?? [])];
  return [...new Set(names)].sort().map((env) => ({ env }));
}

function inPlaceFolders({ source }: RecipeModel, component: Component): string[] {
  if (source === undefined || source.fetchedBy !== undefined) return [];
  const own = component.builder === 'cargo' ? posix.dirname(component.manifest) : source.folder;
  return [own, ...(component.facts?.dependencies ?? []).map(({ dir }) => dir)];
}

function inPlaceFiles({ source }: RecipeModel, component: Component): string[] {
  const { facts, crates } = component;
  if (source === undefined) return [];
  return [
    ...(facts === undefined ? [] : [posix.join(facts.workspaceDir, 'Cargo.toml')]),
    ...(crates === undefined ? [lockFile(component) ?? []].flat() : []),
    ...cargoConfigs(facts === undefined ? source.folder : posix.dirname(facts.manifest)),
  ];
}

/**
 * What a fetched tree holds is in recipe.lock, the recipe's own file: commit or archive, and a digest of the files that
 * this recipe uses, patched. The lock of a shared tree's owner does not count, since it moves for the others too; its
 * recipe.toml does, for the script that runs after the digest was taken.
 */
function fetchedFiles({ dir, source }: RecipeModel, folder: string): string[] {
  const { owner } = source!;
  const { file, patches } = source!.fetchedBy!;
  return [
    ...(owner === dir ? [] : [file, ...patches.map((patch) => posix.join(owner, patch))]),
    ...cargoConfigs(posix.dirname(folder)),
  ];
}
