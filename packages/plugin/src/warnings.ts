import { formatDiagnostic, hasErrors } from '@nx-redox/kit/toml';
import type { Checked, Model } from './model';

/** A cookbook has hundreds of bad recipes; the first few are enough to see that. */
const MOST_FILES = 8;

/** All files of a model that were checked. */
export function checkedFiles({ systems, toolchain }: Model): Checked[] {
  return [...(toolchain === undefined ? [] : [toolchain]), ...systems.flatMap((system) => [system, ...system.recipes])];
}

/** What the user should read of all files when the graph is made; empty if there is nothing wrong. */
export function describeProblems(files: readonly Checked[]): string {
  const bad = files.filter(({ diagnostics }) => diagnostics.length > 0);
  if (bad.length === 0) return '';
  const broken = bad.filter(({ diagnostics }) => hasErrors(diagnostics)).length;
  const consequence =
    broken === 0 ? '' : '\n\nTargets that need these files fail until they are fixed. All other targets work.';
  const shown = bad.slice(0, MOST_FILES).flatMap(({ diagnostics }) => diagnostics.map(formatDiagnostic));
  const rest =
    bad.length <= MOST_FILES
      ? ''
      : `\n… and mistakes in ${bad.length - MOST_FILES} more files. \`nx run <system>:lint-recipes\` names them all.`;
  return `nx-redox found mistakes:\n\n${shown.join('\n')}${rest}${consequence}\n`;
}
