import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { trimSlash } from '@nx-redox/cargo-read';
import { UserError } from '@nx-redox/kit';
import {
  type Diagnostic,
  formatDiagnostic,
  hasErrors,
  type KeyPath,
  type Position,
  TomlDocument,
} from '@nx-redox/kit/toml';
import { parseRecipe, type Recipe } from '@nx-redox/recipe/parse';
import { absoluteRepository, badAddress, type GitRequest } from './git';
import { readPatches, type Patch } from './patches';

/** A recipe.toml without mistakes. */
export interface LoadedRecipe {
  recipe: Recipe;
  name: string;
  /** Folder, relative to the workspace root, with `/`. */
  dir: string;
  /** Folder on this machine. */
  path: string;
  /** Name of the recipe.toml for messages. */
  file: string;
  /** Where a value stands in the file. */
  place: (path: KeyPath) => Position | undefined;
}

/** A source that must be fetched, with everything that is done to it. */
export interface SourcePlan {
  recipe: LoadedRecipe;
  from: (({ kind: 'git' } & GitRequest) | { kind: 'tar'; url: string; blake3?: string }) & {
    /** The URL as recipe.toml has it, without machine-dependent folders. */
    written: string;
  };
  patches: Patch[];
  script?: string;
}

/** What a recipe's source is. */
export type RecipeSource =
  | { kind: 'none' }
  /** Used in place; the folder is relative to the workspace root. */
  | { kind: 'path'; folder: string }
  /** The tree of another recipe; its folder is relative to the workspace root. */
  | { kind: 'same-as'; owner: string }
  | { kind: 'fetched'; plan: SourcePlan };

/** One error for everything that is wrong with a file; a single mistake keeps its place. */
export function diagnosticsError(diagnostics: readonly Diagnostic[]): UserError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first, ...others] = errors.length > 0 ? errors : diagnostics;
  if (first === undefined) return new UserError('there is a mistake that nothing describes');
  if (others.length === 0) return new UserError(first.message, first);
  return new UserError([`${errors.length} mistakes:`, ...errors.map(formatDiagnostic)].join('\n'));
}

/** There is no recipe.toml, or none that can be read. */
class UnreadableRecipe extends UserError {}

/** @throws {UserError} if the recipe.toml in `dir` cannot be read or has mistakes. */
export async function loadRecipe(workspaceRoot: string, dir: string): Promise<LoadedRecipe> {
  const file = posix.join(dir, 'recipe.toml');
  const text = await readFile(join(workspaceRoot, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UnreadableRecipe(`cannot be read (${cause.code})`, {
      file,
      cause,
      advice: 'the option "recipe" must name the folder of a recipe.toml',
    });
  });
  const { recipe, diagnostics } = parseRecipe(text, file);
  if (recipe === undefined || hasErrors(diagnostics)) throw diagnosticsError(diagnostics);
  const path = join(workspaceRoot, dir);
  return {
    recipe,
    name: posix.basename(path),
    dir,
    path,
    file,
    place: (keys) => new TomlDocument(text, file).locations.value(keys),
  };
}

/** @throws {UserError} if a patch cannot be read. */
export async function sourceOf(loaded: LoadedRecipe): Promise<RecipeSource> {
  const { source } = loaded.recipe;
  if (source === undefined) return { kind: 'none' };
  if (source.kind === 'path') return { kind: 'path', folder: trimSlash(posix.join(loaded.dir, source.path)) };
  if (source.kind === 'same-as') return { kind: 'same-as', owner: trimSlash(posix.join(loaded.dir, source.same_as)) };
  const changes = {
    patches: await readPatches(loaded.path, source.patches ?? [], loaded.file),
    ...(source.script === undefined ? {} : { script: source.script }),
  };
  if (source.kind === 'tar') {
    const { tar, blake3 } = source;
    const from = {
      kind: 'tar' as const,
      url: tar,
      written: tar,
      ...(blake3 === undefined ? {} : { blake3: blake3.toLowerCase() }),
    };
    return { kind: 'fetched', plan: { recipe: loaded, from, ...changes } };
  }
  const { git, branch, rev, shallow_clone } = source;
  const { submodules } = loaded.recipe.nx;
  const bad = badAddress(git);
  if (bad !== undefined) {
    throw new UserError(`the URL ${bad}`, { file: loaded.file, ...loaded.place(['source', 'git']) });
  }
  return {
    kind: 'fetched',
    plan: {
      recipe: loaded,
      from: {
        kind: 'git',
        url: absoluteRepository(git, loaded.path),
        written: git,
        ...(branch === undefined ? {} : { branch }),
        ...(rev === undefined ? {} : { rev }),
        history: shallow_clone === false,
        ...(submodules === undefined ? {} : { submodules }),
      },
      ...changes,
    },
  };
}

const MAX_SAME_AS = 16;

/**
 * The recipe whose tree a recipe uses: itself, or the one at the end of its `same_as`.
 * @throws {UserError} if `same_as` leads in a circle or nowhere.
 */
export async function ownerOf(
  workspaceRoot: string,
  loaded: LoadedRecipe,
): Promise<{ owner: LoadedRecipe; source: Exclude<RecipeSource, { kind: 'same-as' }> }> {
  let owner = loaded;
  for (let hops = 0; hops < MAX_SAME_AS; hops++) {
    const source = await sourceOf(owner);
    if (source.kind !== 'same-as') return { owner, source };
    const place = owner.place(['source', 'same_as']);
    const next = await loadRecipe(workspaceRoot, source.owner).catch((error: unknown) => {
      if (!(error instanceof UnreadableRecipe)) throw error;
      throw new UserError(`there is no recipe in ${source.owner}`, {
        file: owner.file,
        ...place,
        advice: 'same_as is relative to the folder of the recipe, such as ../../core/relibc',
      });
    });
    owner = next;
  }
  throw new UserError('same_as leads in a circle', {
    file: loaded.file,
    ...loaded.place(['source', 'same_as']),
    advice: 'one of the recipes must say where the source comes from: git, tar or path',
  });
}
