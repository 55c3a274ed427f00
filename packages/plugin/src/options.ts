/** Options of the plugin in nx.json. */
export interface PluginOptions {
  /**
   * Folders of `recipes/` whose systems are in the graph. Projects of the first have bare names, those of the others
   * begin with the system's name. Default: `["mini"]`.
   */
  systems?: string[];
}

export interface NormalizedOptions {
  systems: string[];
  /** The systems were named in nx.json, so each of them must be there. */
  explicit: boolean;
}

const DEFAULT_SYSTEMS = ['mini'];

function refuse(problem: string): never {
  throw new Error(`nx.json, options of @nx-redox/plugin: ${problem}`);
}

/**
 * Checks the plugin's options and fills in the defaults.
 * @throws if nx.json says something else than {@link PluginOptions}: nothing useful could be inferred then.
 */
export function normalizeOptions(options: unknown): NormalizedOptions {
  if (options === undefined || options === null) return { systems: DEFAULT_SYSTEMS, explicit: false };
  if (typeof options !== 'object' || Array.isArray(options))
    refuse('they must be an object, such as { "systems": ["mini"] }');
  for (const key of Object.keys(options)) {
    if (key !== 'systems') refuse(`unknown option "${key}"; there is one option: "systems"`);
  }
  const { systems } = options as PluginOptions;
  if (systems === undefined) return { systems: DEFAULT_SYSTEMS, explicit: false };
  if (!Array.isArray(systems) || systems.some((system) => typeof system !== 'string' || !/^[\w-]+$/.test(system))) {
    refuse('"systems" must be a list of folder names in recipes/, such as ["mini"]');
  }
  return { systems: [...new Set(systems)], explicit: true };
}
