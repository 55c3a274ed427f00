import { join, posix } from 'node:path';
import { interruptible, UserError, writeFileWhole } from '@nx-redox/kit';
import { sourceTask, updateLocks } from '@nx-redox/sources';
import { formatFiles, logger, type Tree } from '@nx/devkit';
import { asCallback, asGenerator } from '../as-generator';
import { hasPlugin, PLUGIN, presentSystems, setSystems } from '../nx-json';
import { RECIPES } from '../systems';
import { collectRecipes } from './collect';
import { withOrigin } from './origin';
import { describeLocks, describeReport, REPORT_FILE, reportOf, withLocks, type ImportReport } from './report';
import { schema } from './options';

/**
 * Copies a cookbook, puts it into the graph, and then writes the locks of its sources. Bad recipes and sources that
 * cannot be had are reported and fail nothing.
 */
export const importGenerator = asGenerator('import', schema, async (tree, options) => {
  const { from, directory, branch, locks = true, skipFormat } = options;
  if (!from) throw new UserError('a folder or the URL of a git repository is needed');
  const cwd = process.env['INIT_CWD'] ?? process.cwd();
  const { report, graph } = await withOrigin(from, { branch, cwd }, async (origin) => {
    const target = checkTarget(tree, directory ?? `${RECIPES}/${origin.name}`);
    const collected = collectRecipes(origin.folder);
    if (collected.recipes.length === 0) {
      throw new UserError('there is no recipe.toml in this folder or below it', { file: origin.from });
    }
    const added = addToGraph(tree, target);
    // Recipes are taken as they are, so they come after everything that is formatted.
    if (!skipFormat) await formatFiles(tree);
    for (const { path, content, mode } of collected.files) {
      tree.write(posix.join(target, path), content, { mode });
    }
    const made = reportOf(collected, origin, target);
    tree.write(posix.join(target, REPORT_FILE), formatReport(made));
    return { report: made, graph: added };
  });
  logger.info([describeReport(report), graph.said].join('\n').trim());
  if (!locks) return undefined;
  // A lock needs the source, which is fetched to the recipe's folder: that must be there first.
  return asCallback(async () => writeLocks(tree.root, report, graph.project));
});

export default importGenerator;

function formatReport(report: ImportReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

async function writeLocks(workspaceRoot: string, report: ImportReport, project: string | undefined): Promise<void> {
  const log = (line: string): void => logger.info(line);
  const updated = await interruptible((signal) =>
    updateLocks(workspaceRoot, report.directory, { missing: true }, sourceTask({ signal, log })),
  );
  const completed = withLocks(report, updated);
  await writeFileWhole(join(workspaceRoot, report.directory, REPORT_FILE), formatReport(completed));
  log(describeLocks(completed, project));
}

/** What came of adding a folder to the graph. */
interface AddedToGraph {
  /** The project of the folder's system or collection, if it has one. */
  project?: string;
  said: string;
}

/** Adds a folder of `recipes/` to the systems in nx.json, behind the others, and says what came of it. */
function addToGraph(tree: Tree, target: string): AddedToGraph {
  const [, name, inner] = /^recipes\/([\w-]+)(\/.+)?$/.exec(target) ?? [];
  if (name === undefined) return { said: `Only folders in ${RECIPES}/ can be in the graph; this one is not.` };
  if (!hasPlugin(tree))
    return { said: `The plugin is not in nx.json: nx g ${PLUGIN}:init adds it, and then ${PLUGIN}:use ${name}.` };
  const active = presentSystems(tree);
  if (inner !== undefined && active.includes(name)) return { project: name, said: `They belong to ${name}.` };
  const others = active.filter((other) => other !== name);
  setSystems(tree, [...others, name]);
  return {
    project: name,
    said:
      others.length === 0 ? '' : `The projects' names begin with "${name}-". Without that: nx g ${PLUGIN}:use ${name}`,
  };
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
