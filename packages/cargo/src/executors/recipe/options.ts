import { executorOptions, text, texts, z } from '@nx-redox/kit/options';
import { IN_WORKSPACE, MACHINES, scriptShape } from '../../options';

export const schema = executorOptions(
  {
    title: 'Build a recipe of a cookbook',
    description: `Runs the build script of a recipe in a checkout of Redox's cookbook, as it is, with our programs in front of the compilers; checks what it installed and stages it. ${IN_WORKSPACE}`,
  },
  {
    ...scriptShape,
    arch: scriptShape.arch.optional(),
    backend: scriptShape.backend.optional(),
    // A cookbook has thousands of recipes, and each value of a target costs Nx time: what follows from the project is not written.
    recipe: text("The recipe.toml; that of the project's folder by default.").optional(),
    sourcePath: text('Folder of the source; `source` beside the recipe.toml by default.').optional(),
    outputPath: text(
      'Gets stage/, debug/ and artifact.json; dist/{arch}/{backend}/ and the name of the project by default.',
    ).optional(),
    machine: z
      .enum(MACHINES)
      .default('target')
      .describe('What is built for: Redox, or this machine (`host:recipe`), without arch and backend.'),
    env: texts('Variables of the user that the script gets; they are in the hash.'),
  },
);

/** Options of `@nx-redox/cargo:recipe`, as they are written. */
export type RecipeExecutorOptions = z.input<typeof schema>;
