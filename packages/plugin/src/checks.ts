import { posix } from 'node:path';
import { didYouMean, type TomlDocument } from '@nx-redox/kit/toml';
import type { Kind, RecipeFacts, System } from '@nx-redox/recipe/parse';
import { isBuilt, linkerScripts, recipeNamed, type Component, type RecipeModel, type SystemModel } from './model';
import type { Workspace } from './workspace';

type Report = TomlDocument['report'];

/** Checks the names in system.toml that lead to recipes. */
export function checkSystem(model: SystemModel, system: System, report: Report): void {
  if (system.name !== model.name) {
    report({
      path: ['system', 'name'],
      message: `the system is called "${system.name}", but its folder ${model.dir}`,
      advice: [`name = "${model.name}", or rename the folder`],
    });
  }
  checkRole(model, 'kernel', system.kernel, report);
  checkRole(model, 'initfs', system.initfs, report);
  if (system.bootloader !== undefined) checkRole(model, 'bootloader', system.bootloader, report);
  for (const [name, { libc }] of Object.entries(system.specs)) {
    if (libc !== undefined) checkRole(model, 'libc', libc, report, ['spec', name, 'libc']);
  }
  system.image?.files?.forEach(({ from: { recipe } }, index) => {
    if (recipe === undefined || model.byName.has(recipe)) return;
    report({ path: ['image', 'files', index, 'from'], ...noRecipe(model, recipe) });
  });
  for (const name of Object.keys(system.backend.exceptions)) {
    if (model.byName.has(name)) continue;
    report({ path: ['backend', name], at: 'key', ...noRecipe(model, name) });
  }
}

function noRecipe({ dir, byName }: SystemModel, name: string, candidates: readonly string[] = [...byName.keys()]) {
  return { message: `there is no recipe "${name}" in ${dir}`, advice: [didYouMean(name, candidates, 'recipes')] };
}

function checkRole(
  model: SystemModel,
  role: 'kernel' | 'initfs' | 'bootloader' | 'libc',
  name: string,
  report: Report,
  path: readonly string[] = ['system', role],
): void {
  const recipe = recipeNamed(model, name);
  if (recipe === undefined) {
    report({ path, ...noRecipe(model, name) });
  } else if (recipe.recipe !== undefined && recipe.kind !== role) {
    report({
      path,
      message: `"${name}" is a recipe of kind "${recipe.kind}", not "${role}"`,
      advice: [`set [nx] kind = "${role}" in ${recipe.file}`],
    });
  } else if (role !== 'initfs' && recipe.recipe !== undefined && !isBuilt(recipe)) {
    report({ path, ...notBuilt(recipe, recipe.recipe) });
  }
}

/** Why something cannot hold what a recipe makes. */
function notBuilt({ name, file }: RecipeModel, { build }: RecipeFacts) {
  return {
    message: `nothing builds recipe "${name}", which has template "${build?.template ?? 'none'}"`,
    advice: [`templates "cargo" and "custom", among others, make something: see ${file}`],
  };
}

/** A recipe that is checked, and what against. */
interface Checking {
  model: RecipeModel;
  recipe: RecipeFacts;
  system: SystemModel;
  workspace: Workspace;
  report: Report;
}

/** Checks what a recipe.toml says against the other files: specs, Cargo.toml, recipes that it depends on or bundles. */
export function checkRecipe(checking: Checking): void {
  const { model, recipe, report } = checking;
  const { component } = model;
  if (component !== undefined) checkComponent(component, checking);
  if (recipe.source === undefined && recipe.build?.template === 'cargo') {
    report({
      path: ['source'],
      at: 'table',
      message: 'there is no [source], although the recipe is built with cargo',
      advice: ['[source] with path = "." for a crate in the folder of the recipe'],
    });
  }
  if (component !== undefined) checkLinkerScript(component, checking);
  checkPatches(checking);
  if (model.kind === 'initfs') checkInitfs(checking);
}

/** Checks that patches which name a recipe lead to the source of one. */
function checkPatches({ recipe: { nx }, system, report }: Checking): void {
  for (const [source, crates] of Object.entries(nx.patch ?? {})) {
    for (const [crate, { recipe: name }] of Object.entries(crates)) {
      if (name === undefined) continue;
      const path = ['nx', 'patch', source, crate, 'recipe'];
      const recipe = recipeNamed(system, name);
      if (recipe === undefined) {
        report({ path, ...noRecipe(system, name) });
      } else if (recipe.recipe !== undefined && recipe.source === undefined) {
        report({
          path,
          message: `recipe "${name}" has no source that could hold crate "${crate}"`,
          advice: [`see ${recipe.file}`],
        });
      }
    }
  }
}

function checkLinkerScript(component: Component, { model, system, workspace, report }: Checking): void {
  const isOutside = component.linkerScript?.startsWith('..') ?? false;
  const missing = linkerScripts(model, component, system).filter((file) => !workspace.exists(file));
  if (!isOutside && missing.length === 0) return;
  report({
    path: ['nx', 'linker-script'],
    message: isOutside
      ? 'the linker script is not in this workspace'
      : `the linker script ${missing.join(' and ')} does not exist`,
    advice: [
      model.recipe?.source?.kind === 'path'
        ? 'the path is relative to the folder of the recipe'
        : 'the path is relative to the folder of the crate in the source',
    ],
  });
}

function checkComponent(component: Component, { model, recipe, system, report }: Checking): void {
  if (component.builder === 'cargo' && component.facts !== undefined && component.facts.package !== component.package) {
    const { facts } = component;
    report({
      path: ['nx', 'package'],
      message:
        facts.package === undefined
          ? `${facts.manifest} has no [package]`
          : `${facts.manifest} has the package "${facts.package}", not "${component.package}"`,
      advice: facts.package === undefined ? [] : [`[nx] package = "${facts.package}"`],
    });
  }
  const specs = Object.keys(system.system?.specs ?? {});
  if (!isBuilt(model) || system.system === undefined || specs.includes(component.spec)) return;
  // Scripts that compile no Rust need no spec.
  if (component.spec === '' && recipe.build?.template !== 'cargo') return;
  report({
    path: ['nx', 'spec'],
    message:
      recipe.nx.spec === undefined
        ? 'the recipe does not say which spec it is compiled for'
        : `there is no [spec.${component.spec}] in ${system.file}`,
    advice: [
      recipe.nx.spec === undefined
        ? `[nx] spec = one of: ${specs.join(', ') || 'none is there yet'}`
        : didYouMean(component.spec, specs, 'specs'),
    ],
  });
}

function checkInitfs({ model, recipe, system, workspace, report }: Checking): void {
  const { initfs } = recipe.nx;
  if (initfs === undefined) {
    report({
      path: ['nx'],
      at: 'table',
      message: 'there is no [nx.initfs], although the kind is "initfs"',
      advice: ['[nx.initfs] with bootstrap = "bootstrap", and [[nx.initfs.files]] for each file'],
    });
    return;
  }
  checkBundled(initfs.bootstrap, ['bootstrap'], ['nx', 'initfs', 'bootstrap'], system, report);
  const owners = new Map<string, number>();
  initfs.files?.forEach((file, index) => {
    const path = ['nx', 'initfs', 'files', file.entry];
    const other = owners.get(file.to);
    if (other === undefined) {
      owners.set(file.to, recipe.initfsLines[index]!);
    } else {
      report({
        path: [...path, 'to'],
        message: `"${file.to}" is in the manifest twice; the other entry is in line ${other}`,
        advice: ['remove one of the two, or give it another path'],
      });
    }
    if (file.recipe !== undefined) {
      const bundled = checkBundled(file.recipe, ['program', 'bootstrap', 'kernel'], [...path, 'from'], system, report);
      const staged = bundled?.component?.stagePath;
      if (bundled?.component?.builder === 'cargo' && staged !== undefined && staged !== file.path) {
        report({
          path: [...path, 'from'],
          message: `recipe "${file.recipe}" does not stage ${file.path}`,
          advice: [`it stages one file: from = "${file.recipe}:${staged}"`],
        });
      }
    } else if (file.path !== undefined && !workspace.exists(posix.join(model.dir, file.path))) {
      report({
        path: [...path, 'from'],
        message: `the file ${model.dir}/${file.path} does not exist`,
        advice: ['from = "recipe:path" takes a file that another recipe stages'],
      });
    }
  });
}

/** Checks that a recipe which the initfs names is there and is of one of the kinds that can be in it. */
function checkBundled(
  name: string,
  kinds: readonly Kind[],
  path: readonly (string | number)[],
  system: SystemModel,
  report: Report,
): RecipeModel | undefined {
  const recipe = recipeNamed(system, name);
  if (recipe === undefined) {
    const candidates = system.recipes.filter(({ kind }) => kinds.includes(kind)).map((other) => other.name);
    report({ path, ...noRecipe(system, name, candidates) });
    return undefined;
  }
  if (recipe.recipe !== undefined && !kinds.includes(recipe.kind)) {
    report({
      path,
      message: `recipe "${name}" is of kind "${recipe.kind}", which has nothing for this place`,
      advice: [`a recipe of kind ${kinds.map((kind) => `"${kind}"`).join(', ')} is needed`],
    });
  } else if (recipe.recipe !== undefined && !isBuilt(recipe)) {
    report({ path, ...notBuilt(recipe, recipe.recipe) });
  }
  return recipe;
}
