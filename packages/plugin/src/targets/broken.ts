import { type Diagnostic, formatDiagnostic, hasErrors } from '@nx-redox/kit/toml';
import type { TargetOf } from '../executor-targets';
import { NO_FILES, type Targets } from '../nx';

/**
 * A message as the graph keeps it. Nx writes the graph of thousands of recipes as one text, in a third more time if a single
 * character of it is beyond Latin-1. The executor writes the arrow of advice again.
 */
function inGraph(message: string): string {
  return message.replace(/^( *)→ /gm, '$1-> ');
}

/** A target that shows what is wrong, line by line, and fails. */
export function reportTarget(problems: readonly string[], description: string): TargetOf<'@nx-redox/recipe:report'> {
  return {
    executor: '@nx-redox/recipe:report',
    cache: false,
    inputs: NO_FILES,
    options: { problems: problems.map(inGraph) },
    metadata: { description },
  };
}

/** Targets that cannot run because of mistakes in files: each shows them and fails. */
export function brokenTargets(names: readonly string[], diagnostics: readonly Diagnostic[]): Targets {
  const problems = diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic);
  const [first] = diagnostics;
  const target = reportTarget(problems, `Cannot run: ${first?.file ?? 'a file'} has mistakes`);
  return Object.fromEntries(names.map((name) => [name, target]));
}

/** The one-line description of a project whose files have mistakes. */
export function brokenDescription(diagnostics: readonly Diagnostic[]): string | undefined {
  if (!hasErrors(diagnostics)) return undefined;
  const first = diagnostics.find(({ severity }) => severity === 'error')!;
  return `Broken: ${formatDiagnostic(first).split('\n')[0]}`;
}
