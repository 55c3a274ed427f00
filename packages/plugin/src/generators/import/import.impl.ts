import { posix } from 'node:path';
import { UserError } from '@nx-redox/common';
import { formatFiles, logger, type Tree } from '@nx/devkit';
import { asGenerator } from '../as-generator';
import { hasPlugin, PLUGIN, presentSystems, setSystems } from '../nx-json';
import { RECIPES } from '../systems';
import { collectRecipes } from './collect';
import { withOrigin } from './origin';
import { describeReport, REPORT_FILE, reportOf } from './report';
import type { ImportGeneratorSchema } from './schema';

/**
 * Copies a cookbook and puts it into the graph. Bad recipes are reported and fail nothing. Lock files are copied, but
 * none are written: that takes the fetched sources.
 */
export const importGenerator = asGenerator<ImportGeneratorSchema>(async (tree, options) => {
  const { from, directory, branch, skipFormat } = options;
  if (!from) throw new UserError('a folder or the URL of a git repository is needed');
  const cwd = process.env['INIT_CWD'] ?? process.cwd();
  const { report, projects } = await withOrigin(from, { branch, cwd }, async (origin) => {
    const target = checkTarget(tree, directory ?? `${RECIPES}/${origin.name}`);
    const collected = collectRecipes(origin.folder);
    if (collected.recipes.length === 0) {
      throw new UserError('there is no recipe.toml in this folder or below it', { file: origin.from });
    }
    const prefix = addToGraph(tree, target);
    // Recipes are taken as they are, so they come after everything that is formatted.
    if (!skipFormat) await formatFiles(tree);
    for (const { path, content, mode } of collected.files) {
      tree.write(posix.join(target, path), content, { mode });
    }
    const made = reportOf(collected, origin, target);
    tree.write(posix.join(target, REPORT_FILE), `${JSON.stringify(made, null, 2)}\n`);
    return { report: made, projects: prefix };
  });
  logger.info([describeReport(report), projects].join('\n').trim());
});

export default importGenerator;

/** Adds a folder of `recipes/` to the systems in nx.json, behind the others, and says what came of it. */
function addToGraph(tree: Tree, target: string): string {
  const [, name] = /^recipes\/([\w-]+)$/.exec(target) ?? [];
  if (name === undefined) return `Only folders directly in ${RECIPES}/ can be in the graph; this one is not.`;
  if (!hasPlugin(tree))
    return `The plugin is not in nx.json: nx g ${PLUGIN}:init adds it, and then ${PLUGIN}:use ${name}.`;
  const others = presentSystems(tree).filter((other) => other !== name);
  setSystems(tree, [...others, name]);
  return others.length === 0
    ? ''
    : `The projects' names begin with "${name}-". Without that: nx g ${PLUGIN}:use ${name}`;
}

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
