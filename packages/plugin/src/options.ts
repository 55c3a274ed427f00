import { type Backend, BACKENDS } from '@nx-redox/kit';

/** Options of the plugin in nx.json. */
export interface PluginOptions {
  /**
   * Folders of `recipes/` whose systems are in the graph. Projects of the first have bare names, those of the others
   * begin with the system's name. Default: `["mini"]`.
   */
  systems?: string[];
  /** In a checkout of the cookbook: the configs that are in the graph. Default: `["minimal"]`. */
  configs?: string[];
  /** In a checkout of the cookbook: the board, as BOARD of its Makefile. Default: that variable. */
  board?: string;
  /** In a checkout of the cookbook: the recipe of the C library. Default: `relibc`. */
  libc?: string;
  /** In a checkout of the cookbook: the backend of `build`, `image`, `boot` and `run`. Default: `cranelift`. */
  backend?: Backend;
  /**
   * In a checkout of the cookbook: whether LLVM compiles the crates that Cranelift refuses for a known reason (`known`),
   * or that is an error (`never`). Default: `known`.
   */
  fallback?: 'known' | 'never';
}

export interface NormalizedOptions {
  systems: string[];
  /** The systems were named in nx.json, so each of them must be there. */
  explicit: boolean;
  configs: string[];
  /** The configs were named in nx.json. */
  explicitConfigs: boolean;
  board: string | undefined;
  libc: string;
  backend: Backend;
  fallback: 'known' | 'never';
}

const DEFAULT_SYSTEMS = ['mini'];
const DEFAULT_CONFIGS = ['minimal'];
const KEYS = ['systems', 'configs', 'board', 'libc', 'backend', 'fallback'] as const;
const FALLBACKS = ['known', 'never'] as const;

function refuse(problem: string): never {
  throw new Error(`nx.json, options of @nx-redox/plugin: ${problem}`);
}

/**
 * Checks the plugin's options and fills in the defaults.
 * @throws if nx.json says something else than {@link PluginOptions}: nothing useful could be inferred then.
 */
export function normalizeOptions(options: unknown, env: NodeJS.ProcessEnv = process.env): NormalizedOptions {
  if (options !== undefined && options !== null && (typeof options !== 'object' || Array.isArray(options)))
    refuse('they must be an object, such as { "systems": ["mini"] }');
  const given: PluginOptions = options ?? {};
  for (const key of Object.keys(given)) {
    if (!(KEYS as readonly string[]).includes(key)) refuse(`unknown option "${key}"; there are: ${KEYS.join(', ')}`);
  }
  const { systems, configs, board, libc = 'relibc', backend = 'cranelift', fallback = 'known' } = given;
  if (systems !== undefined && configs !== undefined) {
    refuse('"systems" is for systems of this workspace and "configs" for a checkout of the cookbook: name one of them');
  }
  const names = (key: string, list: unknown, where: string): string[] => {
    if (!Array.isArray(list) || list.some((name) => typeof name !== 'string' || !/^[\w-]+$/.test(name))) {
      refuse(`"${key}" must be a list of ${where}`);
    }
    return [...new Set(list)];
  };
  for (const [key, value] of Object.entries({ board, libc })) {
    if (value !== undefined && (typeof value !== 'string' || !/^[\w.-]+$/.test(value)))
      refuse(`"${key}" must be a name`);
  }
  if (!BACKENDS.includes(backend)) refuse(`"backend" must be one of ${BACKENDS.join(', ')}`);
  if (!FALLBACKS.includes(fallback)) refuse(`"fallback" must be one of ${FALLBACKS.join(', ')}`);
  return {
    systems:
      systems === undefined ? DEFAULT_SYSTEMS : names('systems', systems, 'folder names in recipes/, such as ["mini"]'),
    explicit: systems !== undefined,
    configs: configs === undefined ? DEFAULT_CONFIGS : names('configs', configs, 'configs, such as ["minimal"]'),
    explicitConfigs: configs !== undefined,
    board: board ?? (env['BOARD'] || undefined),
    libc,
    backend,
    fallback,
  };
}
