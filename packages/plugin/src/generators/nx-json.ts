import { UserError } from '@nx-redox/kit';
import { readNxJson, updateNxJson, type NxJsonConfiguration, type Tree } from '@nx/devkit';
import { allFolders, allSystems } from './systems';
import { normalizeOptions, type PluginOptions } from '../options';

/** The name by which nx.json loads the plugin. */
export const PLUGIN = '@nx-redox/plugin';

type PluginEntry = NonNullable<NxJsonConfiguration['plugins']>[number];

function isOurs(entry: PluginEntry): boolean {
  return (typeof entry === 'string' ? entry : entry.plugin) === PLUGIN;
}

/** Whether nx.json loads the plugin. */
export function hasPlugin(tree: Tree): boolean {
  return readNxJson(tree)?.plugins?.some(isOurs) ?? false;
}

/**
 * The systems that are in the graph, the active one first.
 * @throws {UserError} if nx.json does not load the plugin.
 */
export function activeSystems(tree: Tree): string[] {
  const entry = readNxJson(tree)?.plugins?.find(isOurs);
  if (entry === undefined) {
    throw new UserError(`the plugin ${PLUGIN} is not in "plugins"`, {
      file: 'nx.json',
      advice: `nx g ${PLUGIN}:init adds it`,
    });
  }
  const { systems, explicit } = normalizeOptions(typeof entry === 'string' ? undefined : entry.options);
  return explicit ? systems : allSystems(tree);
}

/** Those of {@link activeSystems} that are there: the plugin's default may not be. */
export function presentSystems(tree: Tree): string[] {
  const folders = allFolders(tree);
  return activeSystems(tree).filter((name) => folders.includes(name));
}

/** Adds the plugin to nx.json; without systems it takes its default. */
export function addPluginTo(tree: Tree, systems: readonly string[]): void {
  const nxJson = readNxJson(tree) ?? {};
  const entry: PluginEntry = systems.length === 0 ? PLUGIN : { plugin: PLUGIN, options: { systems: [...systems] } };
  updateNxJson(tree, { ...nxJson, plugins: [...(nxJson.plugins ?? []), entry] });
}

/** Writes the list of systems into the plugin's options in nx.json; other options stay. */
export function setSystems(tree: Tree, systems: readonly string[]): void {
  const nxJson = readNxJson(tree) ?? {};
  const plugins = nxJson.plugins?.map((entry): PluginEntry => {
    if (!isOurs(entry)) return entry;
    const known = typeof entry === 'string' ? { plugin: PLUGIN } : entry;
    return { ...known, options: { ...(known.options as PluginOptions | undefined), systems: [...systems] } };
  });
  updateNxJson(tree, { ...nxJson, plugins });
}
