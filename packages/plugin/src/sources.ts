import { posix } from 'node:path';
import type { Diagnostic } from '@nx-redox/kit/toml';
import { parseRecipe, recipeFacts, type RecipeFacts, sourceFolder, TREE_NAME } from '@nx-redox/recipe/parse';
import type { RecipeModel, SourceModel, SystemModel } from './model';
import type { Workspace } from './workspace';

/** As many steps as the fetch takes before it calls them a circle. */
const MAX_SAME_AS = 16;

/** What the cache remembers of a recipe.toml. */
export function parseRecipeFacts(
  text: string,
  file: string,
): { recipe: RecipeFacts | undefined; diagnostics: Diagnostic[] } {
  const { recipe, diagnostics } = parseRecipe(text, file);
  return { recipe: recipe === undefined ? undefined : recipeFacts(recipe), diagnostics };
}

/** Finds the folder of a recipe's source, also by way of `same_as`, and reports one that leads nowhere. */
export function findSource(model: RecipeModel, recipe: RecipeFacts, workspace: Workspace): SourceModel | undefined {
  let { dir, file } = model;
  let facts: RecipeFacts | undefined = recipe;
  const refuse = (message: string, advice: string): undefined => {
    workspace.reporter(model.file, model.diagnostics)({ path: ['source', 'same_as'], message, advice: [advice] });
    return undefined;
  };
  for (let step = 0; step < MAX_SAME_AS; step++) {
    const { source }: RecipeFacts = facts;
    if (source === undefined) {
      return dir === model.dir
        ? undefined
        : refuse(`${file} has no [source]`, 'name a recipe with git, tar or path, or say here where the source is');
    }
    if (source.kind === 'path') return { folder: sourceFolder(facts, dir)!, owner: dir, fetchedBy: undefined };
    if (source.kind !== 'same-as') {
      return {
        folder: posix.join(dir, TREE_NAME),
        owner: dir,
        fetchedBy: {
          file,
          patches: source.patches ?? [],
          ...(facts.nx.env === undefined ? {} : { env: facts.nx.env }),
        },
      };
    }
    dir = posix.join(dir, source.same_as).replace(/(.)\/$/, '$1');
    file = posix.join(dir, 'recipe.toml');
    const next = workspace.parseIfThere(file, parseRecipeFacts);
    if (next === undefined) {
      return refuse(
        `there is no recipe in ${dir}`,
        'same_as is relative to the folder of the recipe, such as ../../core/relibc',
      );
    }
    facts = next.recipe;
    if (facts === undefined) return refuse(`${file} cannot be read`, 'its mistakes are reported there');
  }
  return refuse(
    'same_as leads in a circle',
    'one of the recipes must say where the source comes from: git, tar or path',
  );
}

/** Tells recipes that share a source of each other. */
export function noteSharers(systems: readonly SystemModel[]): void {
  const recipes = systems.flatMap((system) => system.recipes);
  const sharers = recipes.filter(({ dir, source }) => source !== undefined && source.owner !== dir);
  if (sharers.length === 0) return;
  const byDir = new Map(recipes.map((recipe) => [recipe.dir, recipe]));
  for (const sharer of sharers) {
    sharer.sourceOwner = byDir.get(sharer.source!.owner);
    sharer.sourceOwner?.sharedBy.push(sharer);
  }
}
