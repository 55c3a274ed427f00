import { formatDiagnostic, hasErrors } from '@nx-redox/recipe';
import type { Checked, Model } from './model';

/** What the user should read of all files when the graph is made; empty if there is nothing wrong. */
export function describeProblems({ systems, toolchain }: Model): string {
  const files: Checked[] = [
    ...(toolchain === undefined ? [] : [toolchain]),
    ...systems.flatMap((system) => [system, ...system.recipes]),
  ];
  const bad = files.filter(({ diagnostics }) => diagnostics.length > 0);
  if (bad.length === 0) return '';
  const broken = bad.filter(({ diagnostics }) => hasErrors(diagnostics)).length;
  const consequence =
    broken === 0 ? '' : '\n\nTargets that need these files fail until they are mended; all others can be used.';
  return `nx-redox found mistakes:\n\n${bad.flatMap(({ diagnostics }) => diagnostics.map(formatDiagnostic)).join('\n')}${consequence}\n`;
}
