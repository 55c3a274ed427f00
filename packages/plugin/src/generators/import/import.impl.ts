import { posix } from 'node:path';
import { UserError } from '@nx-redox/common';
import { logger, type Tree } from '@nx/devkit';
import { asGenerator } from '../as-generator';
import { RECIPES } from '../systems';
import { collectRecipes } from './collect';
import { withOrigin } from './origin';
import { describeReport, REPORT_FILE, reportOf } from './report';
import type { ImportGeneratorSchema } from './schema';

/**
 * Copies a cookbook. Recipes are taken as they are, so nothing is formatted; bad ones are reported and fail nothing.
 * Lock files are copied, but none are written: that takes the fetched sources.
 */
export const importGenerator = asGenerator<ImportGeneratorSchema>(async (tree, { from, directory, branch }) => {
  if (!from) throw new UserError('a folder or the URL of a git repository is needed');
  const report = await withOrigin(from, { branch, cwd: process.env['INIT_CWD'] ?? process.cwd() }, (origin) => {
    const target = checkTarget(tree, directory ?? `${RECIPES}/${origin.name}`);
    const collected = collectRecipes(origin.folder);
    if (collected.recipes.length === 0) {
      throw new UserError('there is no recipe.toml in this folder or below it', { file: origin.from });
    }
    for (const { path, content, mode } of collected.files) {
      tree.write(posix.join(target, path), content, { mode });
    }
    const made = reportOf(collected, origin, target);
    tree.write(posix.join(target, REPORT_FILE), `${JSON.stringify(made, null, 2)}\n`);
    return made;
  });
  logger.info(describeReport(report));
});

export default importGenerator;

/** The folder that recipes go to: in the workspace, and without recipes so far. */
function checkTarget(tree: Tree, directory: string): string {
  const target = posix.normalize(directory.replaceAll('\\', '/')).replace(/\/$/, '');
  if (posix.isAbsolute(target) || target === '.' || target.split('/')[0] === '..') {
    throw new UserError(`--directory must be a folder in this workspace, and "${directory}" is none`, {
      advice: `--directory=${RECIPES}/NAME`,
    });
  }
  if (tree.children(target).length > 0) {
    throw new UserError(`the folder ${target} is not empty`, {
      advice: ['remove it to import once more', `or choose another one: --directory=${RECIPES}/NAME`],
    });
  }
  return target;
}
