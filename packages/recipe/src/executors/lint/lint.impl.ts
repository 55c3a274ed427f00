import { annotationLines, asExecutor, type ExecutorResult, placesIn } from '@nx-redox/kit';
import type { ExecutorContext } from '@nx/devkit';
import { formatLint, lintFolder, lintJson, lintPassed } from '../../lint';
import type { LintExecutorOptions } from './schema';

/** `@nx-redox/recipe:lint`: an adapter of {@link lintFolder}. */
export default async function lintExecutor(
  { folder, json = false, strict = false }: LintExecutorOptions,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async () => {
    const project = context.projectsConfigurations.projects[context.projectName ?? ''];
    const report = lintFolder(context.root, folder ?? project?.root ?? '.');
    process.stdout.write(`${json ? lintJson(report) : formatLint(report)}\n`);
    if (!json && !lintPassed(report, strict)) process.stdout.write(annotationLines(placesIn(formatLint(report))));
    return lintPassed(report, strict);
  });
}
