import type { CreateNodesResultArray, NxJsonConfiguration } from '@nx/devkit';
import picomatch from 'picomatch';
import { mapProjects, type Project, type Target } from './nx';
import { ALIAS_EXECUTOR, aliasedTarget } from './targets/alias';
import { reportTarget } from './targets/broken';

type TargetDefaults = NonNullable<NxJsonConfiguration['targetDefaults']>;

/** What a default of nx.json says of a target, as far as it can make a task's result wrong. */
interface DefaultEntry {
  cache?: boolean;
  inputs?: readonly unknown[];
  outputs?: readonly unknown[];
  dependsOn?: readonly unknown[];
  filter?: { projects?: string | readonly string[]; plugin?: string; executor?: string };
}

/** Fields that Nx replaces as a whole, unless the default's list holds this word. */
const FIELDS = ['inputs', 'outputs', 'dependsOn'] as const;
const SPREAD = '...';

const PLUGIN = '@nx-redox/plugin';

/** Says something else each time, in sh and in cmd. */
export const EACH_TIME = 'node -p "process.hrtime.bigint()"';

/** Keys of `targetDefaults` that name a target, in the order in which Nx tries them: executor, name, globs by length. */
function keysFor(name: string, executor: string | undefined, defaults: TargetDefaults): string[] {
  const named = [executor, name].filter((key): key is string => key !== undefined && key in defaults);
  const globs = Object.keys(defaults)
    .filter((key) => !named.includes(key) && picomatch.scan(key).isGlob && picomatch.isMatch(name, key))
    .sort((a, b) => b.length - a.length);
  return [...named, ...globs];
}

function isFor({ filter }: DefaultEntry, project: Project, executor: string | undefined): boolean {
  if (filter?.executor !== undefined && filter.executor !== executor) return false;
  if (filter?.plugin !== undefined && filter.plugin !== PLUGIN) return false;
  if (filter?.projects === undefined) return true;
  const { name = '', root, tags = [] } = project;
  return [filter.projects].flat().some((pattern) => {
    if (pattern.startsWith('tag:')) return tags.some((tag) => picomatch.isMatch(tag, pattern.slice('tag:'.length)));
    return picomatch.isMatch(name, pattern) || picomatch.isMatch(root, pattern);
  });
}

/** The default that Nx applies to a target, and what it replaces. */
interface Replaced {
  /** Key of `targetDefaults`. */
  key: string;
  fields: (typeof FIELDS)[number][];
  cache: boolean | undefined;
}

function replacedBy(
  name: string,
  executor: string | undefined,
  project: Project,
  defaults: TargetDefaults,
): Replaced | undefined {
  for (const key of keysFor(name, executor, defaults)) {
    const entries = ([defaults[key]].flat() as DefaultEntry[]).filter((entry) => isFor(entry ?? {}, project, executor));
    if (entries.length === 0) continue;
    const fields = FIELDS.filter((field) =>
      entries.some((entry) => Array.isArray(entry?.[field]) && !entry[field].includes(SPREAD)),
    );
    return { key, fields, cache: entries.findLast((entry) => entry?.cache !== undefined)?.cache };
  }
  return undefined;
}

function refusal(project: Project, name: string, executor: string, { key, fields }: Replaced): Target {
  const what = fields.length === 0 ? 'caches' : `replaces ${fields.join(', ')} of`;
  const consequence =
    fields.length === 0
      ? 'what it does would be done once and never again'
      : 'Nx could take an old result for a new one, or leave out what has to run first';
  const spread = fields.map((field) => `"${field}": ["${SPREAD}", …]`).join(', ');
  return reportTarget(
    [
      `nx.json: targetDefaults["${key}"] ${what} ${project.name}:${name}, so ${consequence}`,
      `  → give the executor a default of its own, which Nx then takes instead: "targetDefaults": { "${executor}": {} }`,
      ...(spread === '' ? [] : [`  → or keep what is inferred and add to it: ${spread}`]),
    ],
    `Cannot run: targetDefaults["${key}"] of nx.json ${what} it`,
  );
}

function safe(project: Project, name: string, target: Target, defaults: TargetDefaults): Target {
  const executor = target.executor ?? '';
  const replaced = replacedBy(name, executor, project, defaults);
  if (replaced === undefined) return target;
  const aliased = aliasedTarget(target);
  if (aliased === undefined) {
    const isHarmed = target.cache === true ? replaced.fields.length > 0 : replaced.cache === true;
    return isHarmed ? refusal(project, name, executor, replaced) : target;
  }
  if (!replaced.fields.includes('dependsOn')) return target;
  // An alias without its link: what it stands for is run by a task of its own, each time anew.
  const rescued: Target = { ...target, executor: ALIAS_EXECUTOR, options: { target: aliased } };
  const left = replacedBy(name, ALIAS_EXECUTOR, project, defaults);
  if (left === undefined || left.key === ALIAS_EXECUTOR) return rescued;
  if (left.cache !== true) return rescued;
  if (left.fields.includes('inputs')) return refusal(project, name, ALIAS_EXECUTOR, left);
  return { ...rescued, inputs: [{ runtime: EACH_TIME }] };
}

/**
 * The nodes with targets that no `targetDefaults` of nx.json can make wrong: Nx lays those over what plugins infer, and a
 * list replaces the inferred list. An alias that loses what it depends on runs it nevertheless; a task that would be
 * hashed without what it reads fails and names the default.
 */
export function guardTargets(
  nodes: CreateNodesResultArray,
  targetDefaults: TargetDefaults | undefined,
): CreateNodesResultArray {
  if (targetDefaults === undefined || Object.keys(targetDefaults).length === 0) return nodes;
  return mapProjects(nodes, (project) => ({
    ...project,
    targets: Object.fromEntries(
      Object.entries(project.targets ?? {}).map(([name, target]) => [
        name,
        safe(project, name, target, targetDefaults),
      ]),
    ),
  }));
}
