import { posix } from 'node:path';

/** The files that make projects, and those by which others make projects whose names are taken. Nx applies the first glob of a plugin to all files that git does not ignore. */
export const PROJECT_FILES =
  '{recipes/{*/system.toml,**/recipe.toml,toolchain/toolchain.toml},config/**/*.toml,**/{package,project}.json}';

export const TOOLCHAIN_FILE = 'recipes/toolchain/toolchain.toml';

/** The files of one system, relative to the workspace root. */
export interface SystemFiles {
  /** Name of the folder below `recipes/`. */
  name: string;
  dir: string;
  /** The system.toml, if it is there: a folder of recipes without one is a collection. */
  system: string | undefined;
  recipes: string[];
}

/** Sorts files by the system they belong to; systems that are not wanted and other files are left out. */
export function filesBySystem(files: readonly string[], systems: readonly string[]): SystemFiles[] {
  const found = systems.map((name): SystemFiles => ({ name, dir: `recipes/${name}`, system: undefined, recipes: [] }));
  const byDir = new Map(found.map((system) => [system.dir, system]));
  for (const file of files) {
    const [top, folder] = file.split('/', 2);
    const system = top === 'recipes' ? byDir.get(`${top}/${folder}`) : undefined;
    if (system === undefined) continue;
    if (file === `${system.dir}/system.toml`) system.system = file;
    else if (posix.basename(file) === 'recipe.toml' && posix.dirname(file) !== system.dir) system.recipes.push(file);
  }
  for (const system of found) system.recipes.sort();
  return found;
}

/** The files that say what is in the graph of these systems. */
export function activeFiles(files: readonly string[], systems: readonly string[]): string[] {
  const active = new Set(systems);
  return files.filter((file) => {
    if (file === TOOLCHAIN_FILE) return true;
    const [top, system] = file.split('/', 2);
    return top === 'recipes' && active.has(system!) && /\/(?:system|recipe)\.toml$/.test(file);
  });
}

/** Names of all folders that can be a system: with a system.toml, or with recipes. */
export function systemsOf(files: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const file of files) {
    const name = /^recipes\/([^/]+)\/(?:system\.toml$|.+\/recipe\.toml$)/.exec(file)?.[1];
    if (name !== undefined) found.add(name);
  }
  return found;
}

/** Names of the folders with a system.toml, sorted. */
export function bootingSystems(files: readonly string[]): string[] {
  return files.flatMap((file) => /^recipes\/([^/]+)\/system\.toml$/.exec(file)?.[1] ?? []).sort();
}
