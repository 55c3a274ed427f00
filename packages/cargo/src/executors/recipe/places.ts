import { posix } from 'node:path';
import { outputFolder } from '@nx-redox/kit';
import { projectRoot, type TaskContext } from '@nx-redox/kit/options';

/** Options of the executor that name places, relative to the workspace; {arch} and {backend} are not filled in. */
interface Places {
  recipe: string;
  sourcePath: string;
  outputPath: string;
}

/** Where the recipe of a task, its source and what it makes are: what its options say, or what follows from its project. */
export function placesOf(options: Partial<Places>, context: TaskContext & { projectName: string }): Places {
  const { recipe = posix.join(projectRoot(context), 'recipe.toml') } = options;
  return {
    recipe,
    sourcePath: options.sourcePath ?? posix.join(posix.dirname(recipe), 'source'),
    outputPath: options.outputPath ?? outputFolder(context.projectName),
  };
}
