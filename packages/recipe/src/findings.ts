import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@nx-redox/kit';
import type { Diagnostic } from '@nx-redox/kit/toml';
import { findRecipes } from './find';

/**
 * The recipe.toml files of a folder and below it, for who examines recipes.
 * @param folder relative to the workspace root.
 * @throws {UserError} if there is none at all: an empty report would look like a good one.
 */
export function recipesBelow(workspaceRoot: string, folder: string): string[] {
  if (!statSync(join(workspaceRoot, folder), { throwIfNoEntry: false })?.isDirectory())
    throw new UserError('there is no such folder', {
      file: folder,
      advice: 'name the folder of a recipe, or one above several',
    });
  const files = findRecipes(workspaceRoot, folder);
  if (files.length === 0) throw new UserError('there is no recipe.toml in this folder or below it', { file: folder });
  return files;
}

/** How many findings of each rule and severity there are. */
export interface FindingCounts<Rule extends string> {
  errors: number;
  warnings: number;
  rules: Record<Rule, number>;
}

/** @param known all rules that there are. */
export function countFindings<Rule extends string>(
  known: Readonly<Record<Rule, unknown>>,
  findings: readonly { rule: Rule; severity: Diagnostic['severity'] }[],
): FindingCounts<Rule> {
  const rules = Object.fromEntries(Object.keys(known).map((rule) => [rule, 0])) as Record<Rule, number>;
  for (const { rule } of findings) rules[rule]++;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: findings.length - errors, rules };
}

/** The last line of a report: `3 recipes: 1 errors, 2 warnings (1 unreadable, 2 unpinned)`. */
export function sumOfFindings(recipes: number, { errors, warnings, rules }: FindingCounts<string>): string {
  const sums = Object.entries(rules).flatMap(([rule, count]) => (count > 0 ? [`${count} ${rule}`] : []));
  const said = sums.length === 0 ? 'nothing to say' : `${errors} errors, ${warnings} warnings (${sums.join(', ')})`;
  return `${recipes} ${recipes === 1 ? 'recipe' : 'recipes'}: ${said}`;
}
