import { annotationLines, placesIn } from '@nx-redox/kit';
import { executor, projectRoot } from '@nx-redox/kit/options';
import { formatLint, lintFolder, lintJson, lintPassed } from '../../lint';
import { schema } from './options';

/** `@nx-redox/recipe:lint`: an adapter of {@link lintFolder}. */
export default executor(schema, async ({ folder, json, strict }, context) => {
  const report = lintFolder(context.root, folder ?? projectRoot(context));
  process.stdout.write(`${json ? lintJson(report) : formatLint(report)}\n`);
  if (!json && !lintPassed(report, strict)) process.stdout.write(annotationLines(placesIn(formatLint(report))));
  return lintPassed(report, strict);
});
