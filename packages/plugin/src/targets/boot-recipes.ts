import type { System } from '@nx-redox/recipe/parse';
import { recipeNamed, type RecipeModel, type SystemModel } from '../model';

/** The recipes that a boot needs, which the checks of system.toml have found. */
export interface BootRecipes {
  kernel: RecipeModel;
  initfs: RecipeModel;
  /** There is one if the system boots from a disk. */
  bootloader?: RecipeModel;
}

export function bootRecipes(model: SystemModel, system: System): BootRecipes | undefined {
  const kernel = recipeNamed(model, system.kernel);
  const initfs = recipeNamed(model, system.initfs);
  const bootloader = system.bootloader === undefined ? undefined : recipeNamed(model, system.bootloader);
  if (kernel === undefined || initfs === undefined || (system.boot === 'uefi' && bootloader === undefined)) {
    return undefined;
  }
  return { kernel, initfs, ...(bootloader === undefined ? {} : { bootloader }) };
}
