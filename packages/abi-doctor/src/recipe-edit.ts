import { addToOptionalArray, appendTables, type NewTable } from '@nx-redox/kit/toml-edit';
import type { ReplaceFix } from './finding';

/**
 * Adds a file to `patches` of `[source]` in the text of a recipe.toml; comments and layout stay as they are.
 * @throws {UserError} if the layout is not one that can be edited: nothing is lost then, and it says what to write.
 */
export function addPatch(text: string, file: string, patch: string): string {
  return addToOptionalArray(text, file, ['source'], 'patches', patch, { last: true, below: ['git', 'tar'] });
}

/** The tables of recipe.toml that take a crate from the source of another recipe. */
export function replacementTables({ sources, crate, by }: ReplaceFix): NewTable[] {
  return sources.map((source) => ({ path: ['nx', 'patch', source], entry: { [crate]: { ...by } } }));
}

/**
 * Adds these tables to the text of a recipe.toml.
 * @throws {UserError} if there are such tables already, or what is there cannot be added to.
 */
export function addReplacement(text: string, file: string, fix: ReplaceFix): string {
  return appendTables(text, file, replacementTables(fix));
}
