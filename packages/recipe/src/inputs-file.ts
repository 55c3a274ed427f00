/** Name of the list, beside the recipe.toml, of files that a build was seen to read. In git, like recipe.lock. */
export const INPUTS_NAME = 'recipe.inputs';

/** Name of the list, beside the recipe.toml, of files of a fetched tree that recipe.lock stands for. Not in git. */
export const USED_NAME = '.source.used.json';

const HEAD = `# Files that the last builds of this recipe read and that nobody could have foreseen from its sources, relative to the
# workspace. Written by the build, read by Nx, to be committed. A line too many costs time only; remove the file to start over.
`;

/** The paths in a recipe.inputs, relative to the workspace root; none of them leads out of it. */
export function parseInputs(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const path = line.trim();
    if (path === '' || path.startsWith('#') || path.startsWith('/') || path.split('/').includes('..')) return [];
    return [path];
  });
}

/** The text of a recipe.inputs. */
export function formatInputs(paths: Iterable<string>): string {
  return `${HEAD}${[...new Set(paths)]
    .sort()
    .map((path) => `${path}\n`)
    .join('')}`;
}
