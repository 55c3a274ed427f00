import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import picomatch from 'picomatch';
import type { Graph } from './inferred-graph';
import { mapProjects, type Project, type TargetDependency, type Targets } from './nx';

/** Names of targets that options of the plugin may change; those with a backend or a spec in them follow. */
export const TARGET_NAMES = [
  'boot',
  'build',
  'bundle',
  'check-elf',
  'doctor',
  'exec',
  'fetch',
  'image',
  'inspect',
  'install',
  'lint-recipe',
  'lint-recipes',
  'run',
  'size',
  'sysroot',
  'update-lock',
  'update-locks',
] as const;

/** How projects and targets are called in the end. */
export interface Naming {
  project: (name: string) => string;
  target: (name: string) => string;
  /** Whether all names stay as they are. */
  isNone: boolean;
}

const FILES_OF_OTHERS = /(?:^|\/)(?:package|project)\.json$/;

/** Whether a file may make a project of another plugin. */
export function isForeign(file: string): boolean {
  return FILES_OF_OTHERS.test(file);
}

function readJson(root: string, file: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(readFileSync(join(root, file), 'utf8')) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Who owns the file says what is wrong with it.
    return undefined;
  }
}

/** Names of projects that project.json files and the members of the package manager's workspace make, with their files. */
export function foreignNames(files: readonly string[], root: string): Map<string, string> {
  const names = new Map<string, string>();
  const foreign = files.filter(isForeign);
  const { workspaces } = readJson(root, 'package.json') ?? {};
  const listed = Array.isArray(workspaces) ? workspaces : (workspaces as { packages?: unknown } | undefined)?.packages;
  const patterns = Array.isArray(listed)
    ? listed.filter((pattern): pattern is string => typeof pattern === 'string')
    : [];
  const isMember =
    patterns.length === 0 ? () => true : picomatch(patterns.map((pattern) => pattern.replace(/^\.\/|\/$/g, '')));
  for (const file of foreign) {
    const dir = posix.dirname(file);
    const isProject = posix.basename(file) === 'project.json';
    // The root's package.json names the workspace.
    if (!isProject && (dir === '.' || !isMember(dir))) continue;
    const found = readJson(root, file);
    const name = (found?.['nx'] as { name?: unknown } | undefined)?.name ?? found?.['name'];
    if (typeof name === 'string') names.set(name, file);
    // Nx names a project without a name by its folder.
    else if (isProject && found !== undefined) names.set(posix.basename(dir), file);
  }
  return names;
}

/** Replaces the start of a target's name: `build` and `build-cranelift` follow the same option. */
function targetNaming(wanted: Readonly<Record<string, string>>): Naming['target'] {
  const pairs = Object.entries(wanted);
  return (name) => {
    // `lint-recipes` and `update-locks` are no variants of `lint-recipe` and `update-lock`.
    const [from, to] = pairs.find(([from]) => name === from || name.startsWith(`${from}-`)) ?? [];
    return from === undefined ? name : `${to}${name.slice(from.length)}`;
  };
}

/** What of the plugin's options is about names. */
export interface NamingOptions {
  /** Before the name of each project. */
  prefix: string;
  /** Other names for targets. */
  targetNames: Readonly<Record<string, string>>;
}

/**
 * The naming that the options ask for. A project whose name belongs to another plugin's gets one that is free: two of
 * one name would take the whole graph down.
 *
 * @returns also what the user should know of names that were taken.
 */
export function namingFor(
  { nodes }: Pick<Graph, 'nodes'>,
  { prefix, targetNames }: NamingOptions,
  foreign: ReadonlyMap<string, string>,
): Naming & { warning: string } {
  const names = new Map<string, string>();
  const warnings: string[] = [];
  const ours = nodes.flatMap(([, { projects = {} }]) => Object.values(projects).map(({ name }) => name!));
  const taken = new Set([...foreign.keys(), ...ours.map((name) => `${prefix}${name}`)]);
  for (const name of ours) {
    const wanted = `${prefix}${name}`;
    let free = wanted;
    if (foreign.has(wanted)) {
      do free = `redox-${free}`;
      while (taken.has(free));
      taken.add(free);
      warnings.push(`the project ${wanted} is called ${free}: ${foreign.get(wanted)} has that name`);
    }
    names.set(name, free);
  }
  const advice =
    warnings.length === 0
      ? []
      : ['  → the option "prefix" of @nx-redox/plugin in nx.json gives all of them another name'];
  return {
    project: (name) => names.get(name) ?? name,
    target: targetNaming(targetNames),
    isNone: prefix === '' && warnings.length === 0 && Object.keys(targetNames).length === 0,
    warning: [...warnings, ...advice].join('\n'),
  };
}

function dependency(entry: TargetDependency, { project, target }: Naming): TargetDependency {
  if (typeof entry === 'string') return entry.startsWith('^') ? `^${target(entry.slice(1))}` : target(entry);
  const { projects } = entry;
  return {
    ...entry,
    target: target(entry.target),
    ...(projects === undefined
      ? {}
      : { projects: typeof projects === 'string' ? project(projects) : projects.map(project) }),
  };
}

function renamedTargets(targets: Targets, naming: Naming): Targets {
  return Object.fromEntries(
    Object.entries(targets).map(([name, { dependsOn, ...target }]) => [
      naming.target(name),
      dependsOn === undefined ? target : { ...target, dependsOn: dependsOn.map((entry) => dependency(entry, naming)) },
    ]),
  );
}

function renamedProject({ name, targets, metadata, ...project }: Project, naming: Naming): Project {
  const groups = metadata?.targetGroups;
  const renamedGroups = groups && Object.entries(groups).map(([key, list]) => [key, list.map(naming.target)] as const);
  return {
    ...project,
    name: naming.project(name!),
    ...(targets === undefined ? {} : { targets: renamedTargets(targets, naming) }),
    ...(metadata === undefined
      ? {}
      : {
          metadata:
            renamedGroups === undefined ? metadata : { ...metadata, targetGroups: Object.fromEntries(renamedGroups) },
        }),
  };
}

/** The same graph with other names. Folders of results keep the names that were inferred. */
export function renamed(graph: Graph, naming: Naming): Graph {
  if (naming.isNone) return graph;
  return {
    ...graph,
    nodes: mapProjects(graph.nodes, (project) => renamedProject(project, naming)),
    edges: graph.edges.map((edge) => ({
      ...edge,
      source: naming.project(edge.source),
      target: naming.project(edge.target),
    })),
  };
}
