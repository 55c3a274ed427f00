import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@nx-redox/common';
import { reportUnbuildable } from './buildable';
import { formatDiagnostic, hasErrors, type Diagnostic } from './diagnostics';
import { TomlDocument } from './document';
import { parseRecipe } from './recipe';
import { sourceFolder } from './source-folder';

/** One error for everything that is wrong with a file; a single mistake keeps its place. */
export function diagnosticsError(diagnostics: readonly Diagnostic[]): UserError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first, ...others] = errors.length > 0 ? errors : diagnostics;
  if (first === undefined) return new UserError('there is a mistake that nothing describes');
  if (others.length === 0) return new UserError(first.message, first);
  return new UserError([`${errors.length} mistakes:`, ...errors.map(formatDiagnostic)].join('\n'));
}

/**
 * Makes sure that the source of the recipe in `recipeDir` (relative to `workspaceRoot`) is there.
 * @returns its folder relative to the workspace root; undefined for a recipe without a source.
 * @throws {UserError} if recipe.toml cannot be read or the source is missing.
 */
export async function fetchSource(workspaceRoot: string, recipeDir: string): Promise<string | undefined> {
  const file = `${recipeDir}/recipe.toml`;
  const text = await readFile(join(workspaceRoot, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`cannot be read (${cause.code})`, {
      file,
      cause,
      advice: 'the option "recipe" must name the folder of a recipe.toml',
    });
  });
  const { recipe, diagnostics } = parseRecipe(text, file);
  const document = new TomlDocument(text, file);
  if (recipe !== undefined) reportUnbuildable(recipe, document.report);
  const problems = [...diagnostics, ...document.diagnostics];
  if (recipe === undefined || hasErrors(problems)) throw diagnosticsError(problems);
  const folder = sourceFolder(recipe, recipeDir);
  if (folder === undefined) return undefined;
  const found = await stat(join(workspaceRoot, folder)).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new UserError(
      found === undefined ? `the source folder ${folder} does not exist` : `the source ${folder} is not a folder`,
      {
        file,
        ...document.locations.value(['source', 'path']),
        advice: 'path is relative to the folder of the recipe',
      },
    );
  }
  return folder;
}
