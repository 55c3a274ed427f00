import { posix } from 'node:path';
import { formatError, interruptible, UserError, withoutCredentials } from '@nx-redox/kit';
import { TREE_NAME } from '@nx-redox/recipe/parse';
import { sourceTask, updateLock } from '@nx-redox/sources';
import { formatFiles, getProjects, logger, type Tree } from '@nx/devkit';
import { TOOLCHAIN_PROJECT } from '../../model';
import { asCallback, asGenerator } from '../as-generator';
import { activeSystems } from '../nx-json';
import { allSystems } from '../systems';
import { planCrate, planExclusion, type Changes } from './crate';
import { COMPONENT_KINDS, placeInInitfs, startsOf, type ComponentKind } from './init-script';
import { describeUnit, placeOnRoot, requireUnitKind, unitName } from './init-units';
import { checkName } from './names';
import { planPlace } from './place';
import { type RecipeGeneratorOptions, schema } from './options';
import { stdCrate } from './std-crate';
import { programSettings, readSystemFiles, type SystemFiles } from './system-files';
import { DESCRIPTIONS, recipeToml, type NewSource } from './templates';

const ONLY_WITH_GIT = ['rev', 'branch', 'package', 'marker'] as const;

/** A new component with everything that makes the next boot show it. Nothing is written before all of it is known. */
export const recipeGenerator = asGenerator('recipe', schema, async (tree, options) => {
  const { name, kind = 'service' } = options;
  checkOptions(options);
  const active = activeSystems(tree);
  const systemName = options.system ?? active[0];
  if (systemName === undefined)
    throw new UserError('nx.json names no system', { advice: 'nx g @nx-redox/plugin:use NAME' });
  const system = readSystemFiles(tree, systemName);
  const project = systemName === active[0] ? name : `${systemName}-${name}`;
  checkFree(tree, system, name, kind, project);

  const changes = planComponent(tree, system, options, kind);
  for (const [file, text] of Object.entries(changes)) tree.write(file, text);
  if (!options.skipFormat) await formatFiles(tree);
  return asCallback(async () => {
    // The lock needs the source, which is fetched to the recipe's folder: that must be there first.
    if (options.git !== undefined) await writeLock(tree.root, `${system.dir}/${name}`, project);
    logger.info(describe(system, project, active.includes(systemName)));
  });
});

export default recipeGenerator;

function checkOptions({ name, kind, git, ...options }: RecipeGeneratorOptions): void {
  checkName(name ?? '', git === undefined);
  if (kind !== undefined && !COMPONENT_KINDS.includes(kind)) {
    throw new UserError(`unknown kind "${kind}"`, { advice: `kinds: ${COMPONENT_KINDS.join(', ')}` });
  }
  if (git === undefined) {
    const useless = ONLY_WITH_GIT.find((key) => options[key] !== undefined);
    if (useless === undefined) return;
    throw new UserError(`--${useless} says something about a git repository, and there is none`, {
      advice: ['add --git=URL', `or leave out --${useless}`],
    });
  }
  if (options.description !== undefined) {
    throw new UserError('--description is for a new crate: the one in the git repository has its own', {
      advice: 'leave out --description',
    });
  }
  // eslint-disable-next-line no-control-regex -- they would break the line in the recipe
  if (git === '' || /[\s\x00-\x1f\x7f]/.test(git)) throw new UserError('--git needs a URL without spaces');
  if (withoutCredentials(git) !== git) {
    throw new UserError(
      'the URL of the git repository has a user or password, which would be in the recipe for all to read',
      {
        advice: "leave it out: git's own configuration and credential helpers are used",
      },
    );
  }
}

/** Refuses a name that something else has, and says what. */
function checkFree(tree: Tree, system: SystemFiles, name: string, kind: ComponentKind, project: string): void {
  const taken = (file: string, what: string, line?: number) =>
    new UserError(`the name "${name}" is taken by ${what}`, { file, line, advice: 'choose another name' });
  const other = system.recipes.find((recipe) => recipe.name === name);
  if (other !== undefined) throw taken(other.file, 'a recipe of this system');
  const dir = `${system.dir}/${name}`;
  if (tree.exists(dir)) throw new UserError(`the folder ${dir} is there already`, { advice: 'choose another name' });
  for (const owner of allSystems(tree)) {
    if (project === owner) throw taken(`recipes/${owner}/system.toml`, 'a system');
  }
  if (project === TOOLCHAIN_PROJECT) throw taken('recipes/toolchain/toolchain.toml', 'the project of the toolchain');
  const owner = getProjects(tree).get(project);
  if (owner !== undefined) {
    const [file] = ['project.json', 'package.json']
      .map((base) => posix.join(owner.root, base))
      .filter((path) => tree.exists(path));
    throw taken(file ?? owner.root, 'another project');
  }
  const { start } = system;
  if (start.by === 'script') {
    const { files = [] } = system.initfs.recipe.nx.initfs ?? {};
    const entry = files.findIndex(({ to }) => to === placeInInitfs(name, kind));
    if (entry >= 0) throw taken(system.initfs.file, 'a file of the initfs', system.initfs.recipe.initfsLines[entry]);
  } else if (system.rootFiles.some(({ to }) => to === placeOnRoot(name))) {
    throw taken(system.file, 'a file of the image');
  }
  if (system.stages.some((stage) => stage.name === name)) throw taken(system.file, 'a boot stage');
  if (start.by === 'script') {
    const started = startsOf(start.text).find((line) => line.name === name);
    if (started !== undefined) throw taken(start.file, 'a program that init starts', started.line + 1);
  } else {
    const unit = start.units.find((file) => unitName(file) === name);
    if (unit !== undefined) throw taken(`${start.dir}/${unit}`, 'a unit');
  }
}

/** @throws {UserError} if the source cannot be had; the files of the component stay. */
async function writeLock(workspaceRoot: string, dir: string, project: string): Promise<void> {
  try {
    const log = (line: string) => logger.info(line);
    await interruptible((signal) => updateLock(workspaceRoot, dir, {}, sourceTask({ signal, log })));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`the component is there, but not its ${dir}/recipe.lock:\n${formatError(error)}`, {
      advice: `when the source is available: nx run ${project}:update-lock`,
      cause: error,
    });
  }
}

/** The texts of all files that are new or change. */
function planComponent(tree: Tree, system: SystemFiles, options: RecipeGeneratorOptions, kind: ComponentKind): Changes {
  const { name, git, package: packageName } = options;
  const dir = `${system.dir}/${name}`;
  const { spec, linkerScript } = programSettings(system);
  const source: NewSource = git === undefined ? { path: '.' } : { git, branch: options.branch, rev: options.rev };
  const fetched = posix.join(dir, TREE_NAME);
  const crate = git === undefined ? planOwnCrate(tree, system, dir, kind, options) : planExclusion(tree, fetched);
  return {
    ...crate,
    [`${dir}/recipe.toml`]: recipeToml(source, {
      // Of programs the kind tells already.
      tags: kind === 'program' ? [] : [`kind:${kind}`],
      package: packageName === name ? undefined : packageName,
      spec,
      linkerScript: linkerScript && posix.relative(git === undefined ? dir : fetched, linkerScript),
    }),
    ...planPlace(system, options, kind),
  };
}

function planOwnCrate(
  tree: Tree,
  system: SystemFiles,
  dir: string,
  kind: ComponentKind,
  { name, description }: RecipeGeneratorOptions,
): Changes {
  if (system.start.by === 'script') return planCrate(tree, dir, kind, description ?? DESCRIPTIONS[kind](name));
  const started = requireUnitKind(kind, system.file);
  return stdCrate(dir, name, started, description ?? describeUnit(name, started));
}

function describe(system: SystemFiles, project: string, isActive: boolean): string {
  return [
    ...(isActive ? [] : [`The system ${system.name} is not in the graph: nx g @nx-redox/plugin:use ${system.name}`]),
    `Compile it:  nx run ${project}:build`,
    `See it boot: nx run ${system.name}:boot`,
  ].join('\n');
}
