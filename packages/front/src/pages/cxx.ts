import { UserError } from '@nx-redox/kit';
import type { FrontSettings } from '../settings';

/** The C++ compiler, which needs a C++ library for Redox: only upstream's build system makes one. */
export function cxxPage({ recipe, recipeFile, gnuTarget }: FrontSettings): never {
  const [arch] = gnuTarget.split('-');
  throw new UserError(`recipe ${recipe} compiles C++, and there is no C++ library for Redox here`, {
    file: recipeFile,
    advice: [
      `put upstream's compiler beside the recipes: make prefix ARCH=${arch} makes prefix/${gnuTarget}`,
      `or leave the recipe out of the system: ${recipe} = "ignore" in [packages] of the config, or "binary" for a package from repo/`,
    ],
  });
}
