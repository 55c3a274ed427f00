import {
  BOOTLOADER,
  ConfigReader,
  configNames,
  cookbookOf,
  lookUpConfig,
  type Cookbook,
  type MergedConfig,
  packageSet,
} from '@nx-redox/cookbook';
import { ARCHES } from '@nx-redox/kit';
import { type Diagnostic, didYouMean } from '@nx-redox/kit/toml';
import { isBuilt, type RecipeModel, type SystemModel } from '../model';
import type { NormalizedOptions } from '../options';
import type { Workspace } from '../workspace';
import type { ConfigModel, ConfigVariant } from './model';

/**
 * The configs that are in the graph, each for the architectures that it is there for.
 *
 * @throws if nx.json names one that is nowhere.
 */
export function loadConfigs(
  files: readonly string[],
  recipes: SystemModel,
  { configs, explicitConfigs, board }: NormalizedOptions,
  workspace: Workspace,
): ConfigModel[] {
  const checkout = { configs: cookbookOf([...files, recipes.file])?.configs ?? [] };
  const reader = new ConfigReader((file) => workspace.text(file), files);
  return configs.flatMap((name): ConfigModel[] => {
    const diagnostics: Diagnostic[] = [];
    const found = ARCHES.flatMap((arch) => {
      const file = lookUpConfig(checkout, { name, arch, ...(board === undefined ? {} : { board }) });
      return file === undefined ? [] : [{ arch, file }];
    });
    if (found.length === 0) {
      if (explicitConfigs) throw missing(name, checkout, board);
      return [];
    }
    let login: ConfigModel['login'] = { user: 'root' };
    const variants = found.map(({ arch, file }): ConfigVariant => {
      const read = reader.merge(file);
      if (read.config !== undefined) login = loginOf(read.config);
      const installed = read.config === undefined ? undefined : installedBy(read.config, recipes);
      for (const diagnostic of [...read.diagnostics, ...(installed?.diagnostics ?? [])]) {
        // Most files count for every architecture.
        if (!diagnostics.some((other) => JSON.stringify(other) === JSON.stringify(diagnostic)))
          diagnostics.push(diagnostic);
      }
      return {
        arch,
        file,
        files: read.config?.read ?? [file],
        packages: installed?.packages ?? [],
        libraries: installed?.libraries ?? [],
        bootloader: recipes.byName.get(BOOTLOADER),
      };
    });
    return [{ name, project: name, file: found[0]!.file, diagnostics, variants, login }];
  });
}

/** Who can log in: root if the config has it, else the first of its users. */
function loginOf({ users }: MergedConfig): ConfigModel['login'] {
  const names = [...users.keys()];
  const user = names.find((name) => users.get(name)!.uid === 0) ?? names[0] ?? 'root';
  const password = users.get(user)?.password;
  return { user, ...(password === undefined ? {} : { password }) };
}

function missing(name: string, checkout: Pick<Cookbook, 'configs'>, board: string | undefined): Error {
  const names = ARCHES.flatMap((arch) => configNames(checkout, { arch, ...(board === undefined ? {} : { board }) }));
  return new Error(
    `nx.json, options of @nx-redox/plugin: there is no config "${name}"${board === undefined ? '' : ` for board ${board}`}. ` +
      `${didYouMean(name, [...new Set(names)], 'configs of this checkout')}.`,
  );
}

function installedBy(
  merged: MergedConfig,
  { byName }: SystemModel,
): { packages: RecipeModel[]; libraries: RecipeModel[]; diagnostics: Diagnostic[] } {
  const { installed, builds, diagnostics } = packageSet(merged, {
    get: (name) => {
      const found = byName.get(name);
      return found === undefined ? undefined : (found.recipe ?? 'unreadable');
    },
    names: () => byName.keys(),
    file: (name) => byName.get(name)?.file ?? name,
  });
  const packages = new Set(installed.map(({ recipe }) => byName.get(recipe)!));
  const built = builds.filter(({ machine, recipe }) => machine === 'target' && recipe !== BOOTLOADER);
  const libraries = built.map(({ recipe }) => byName.get(recipe)!).filter((recipe) => !packages.has(recipe));
  return { packages: [...packages].filter(isBuilt), libraries: libraries.filter(isBuilt), diagnostics };
}
