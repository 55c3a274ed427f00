import { formatDiagnostic, hasErrors } from '@nx-redox/kit/toml';
import type { Checked, Model } from './model';

/** A cookbook has hundreds of bad recipes; the first few are enough to see that. */
const MOST_FILES = 8;
/** Names all mistakes in a checkout, within a second. */
const LINT_CHECKOUT = 'npx redox-recipe lint recipes';

/** All files of a model that were checked. */
export function checkedFiles({ systems, toolchain }: Model): Checked[] {
  return [...(toolchain === undefined ? [] : [toolchain]), ...systems.flatMap((system) => [system, ...system.recipes])];
}

const badOf = (files: Iterable<Checked>): Checked[] => [...files].filter(({ diagnostics }) => diagnostics.length > 0);

/**
 * What the user should read of all files when the graph is made; empty if there is nothing wrong.
 *
 * @param lint the command that names all mistakes.
 */
export function describeProblems(files: readonly Checked[], lint = 'npx nx run <system>:lint-recipes'): string {
  const bad = badOf(files);
  if (bad.length === 0) return '';
  const broken = bad.filter(({ diagnostics }) => hasErrors(diagnostics)).length;
  const consequence =
    broken === 0 ? '' : '\n\nTargets that need these files fail until they are fixed. All other targets work.';
  const shown = bad.slice(0, MOST_FILES).flatMap(({ diagnostics }) => diagnostics.map(formatDiagnostic));
  const rest =
    bad.length <= MOST_FILES
      ? ''
      : `\n… and mistakes in ${bad.length - MOST_FILES} more files. \`${lint}\` names them all.`;
  return `nx-redox found mistakes:\n\n${shown.join('\n')}${rest}${consequence}\n`;
}

/** The same for a checkout of the cookbook: mistakes in recipes that no config of the graph needs are only counted. */
export function describeCheckout(needed: ReadonlySet<Checked>, files: readonly Checked[]): string {
  const other = badOf(files).filter((file) => !needed.has(file)).length;
  const who =
    other === 1
      ? 'a recipe that no config of the graph needs has mistakes'
      : `${other} recipes that no config of the graph needs have mistakes`;
  const said = other === 0 ? '' : `nx-redox: ${who}; \`${LINT_CHECKOUT}\` names them.\n`;
  return describeProblems([...needed], LINT_CHECKOUT) + said;
}
