import { type Backend, BACKENDS, type Fallback, FALLBACKS } from '@nx-redox/kit/target';
import { bootingSystems } from './files';
import { TARGET_NAMES } from './naming';

/** Options of the plugin in nx.json. */
export interface PluginOptions {
  /**
   * Folders of `recipes/` whose systems are in the graph. Projects of the first have bare names, those of the others
   * begin with the system's name. Default: all folders with a system.toml, by name.
   */
  systems?: string[];
  /** What the names of all projects begin with, such as `redox-`. Default: nothing. */
  prefix?: string;
  /** Other names for targets, such as `{ "build": "redox-build" }`; `build-cranelift` follows `build`. */
  targetNames?: Record<string, string>;
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
  fallback?: Fallback;
  /**
   * In a checkout of the cookbook: files and folders that builds read and that are not in their recipe's folder or
   * source, relative to the workspace, by recipe.
   */
  inputs?: Record<string, string[]>;
  /** In a checkout of the cookbook: variables of the user that scripts get, by recipe. */
  env?: Record<string, string[]>;
}

export interface NormalizedOptions {
  /** None if nx.json does not name them; {@link optionsFor} fills them in. */
  systems: string[];
  /** The systems were named in nx.json, so each of them must be there. */
  explicit: boolean;
  prefix: string;
  targetNames: Record<string, string>;
  configs: string[];
  /** The configs were named in nx.json. */
  explicitConfigs: boolean;
  board: string | undefined;
  libc: string;
  backend: Backend;
  fallback: Fallback;
  inputs: Readonly<Record<string, readonly string[]>>;
  env: Readonly<Record<string, readonly string[]>>;
}

const DEFAULT_CONFIGS = ['minimal'];
const KEYS: readonly string[] = [
  'systems',
  'prefix',
  'targetNames',
  'configs',
  'board',
  'libc',
  'backend',
  'fallback',
  'inputs',
  'env',
];

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
    if (!KEYS.includes(key)) refuse(`unknown option "${key}"; there are: ${KEYS.join(', ')}`);
  }
  const {
    systems,
    prefix = '',
    targetNames = {},
    configs,
    board,
    libc = 'relibc',
    backend = 'cranelift',
    fallback = 'known',
    inputs = {},
    env: variables = {},
  } = given;
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
  if (typeof prefix !== 'string' || !/^[\w@/.-]*$/.test(prefix)) refuse('"prefix" must be the start of a name');
  if (typeof targetNames !== 'object' || targetNames === null || Array.isArray(targetNames))
    refuse('"targetNames" must be an object, such as { "build": "redox-build" }');
  for (const [name, other] of Object.entries(targetNames)) {
    if (!(TARGET_NAMES as readonly string[]).includes(name))
      refuse(`"targetNames" has "${name}"; there are: ${TARGET_NAMES.join(', ')}`);
    if (typeof other !== 'string' || !/^[\w-]+$/.test(other)) refuse(`"targetNames.${name}" must be a name`);
  }
  if (new Set(Object.values(targetNames)).size < Object.keys(targetNames).length)
    refuse('"targetNames" gives two targets one name');
  if (!BACKENDS.includes(backend)) refuse(`"backend" must be one of ${BACKENDS.join(', ')}`);
  if (!FALLBACKS.includes(fallback)) refuse(`"fallback" must be one of ${FALLBACKS.join(', ')}`);
  const isInside = (path: string): boolean =>
    path !== '' && !path.startsWith('/') && !path.includes('\\') && !path.split('/').includes('..');
  checkLists('inputs', inputs, 'paths relative to the workspace', isInside);
  checkLists('env', variables, 'names of variables', (name) => /^\w+$/.test(name));
  return {
    systems: systems === undefined ? [] : names('systems', systems, 'folder names in recipes/, such as ["mini"]'),
    explicit: systems !== undefined,
    prefix,
    targetNames,
    configs: configs === undefined ? DEFAULT_CONFIGS : names('configs', configs, 'configs, such as ["minimal"]'),
    explicitConfigs: configs !== undefined,
    board: board ?? (env['BOARD'] || undefined),
    libc,
    backend,
    fallback,
    inputs,
    env: variables,
  };
}

/** Checks an option that has a list for each of some recipes. */
function checkLists(key: string, value: unknown, what: string, isGood: (item: string) => boolean): void {
  const isList = (list: unknown): boolean =>
    Array.isArray(list) && list.every((item) => typeof item === 'string' && isGood(item));
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.values(value).every(isList))
    refuse(`"${key}" must be an object of lists of ${what}, by recipe, such as { "kernel": [] }`);
}

/** The options for a workspace with these files: without systems in nx.json, all that are there. */
export function optionsFor(files: readonly string[], options: unknown): NormalizedOptions {
  const normalized = normalizeOptions(options);
  return normalized.explicit ? normalized : { ...normalized, systems: bootingSystems(files) };
}
