import { dependencyName, dependencyOrOwnPart } from './dependency';
import {
  boolean,
  type Diagnostic,
  didYouMean,
  formatTable,
  isTable,
  type JsonSchema,
  type KeyPath,
  list,
  mapOf,
  oneOf,
  optional,
  required,
  type Rule,
  type RuleOutput,
  schemaOf,
  string,
  table,
  type TableOutput,
  text,
  TomlDocument,
  withSchema,
  wrongType,
} from '@nx-redox/kit/toml';
import { budget, relativePath, stagedPath } from './fields';
/*
 * The format is that of Redox's cookbook (src/recipe.rs there): tables [source], [build], [package] and
 * [[optional-packages]]. The cookbook ignores what it does not know, so our own table [nx] does not disturb it.
 */

const strings = list(text);
const lines = list(string());
const dependencyNames = list(dependencyName);

const SOURCE_RULES = {
  'same-as': table({ same_as: required(text) }),
  path: table({ path: required(text) }),
  git: table({
    git: required(text),
    upstream: optional(text),
    branch: optional(text),
    rev: optional(text),
    shallow_clone: optional(boolean),
    patches: optional(strings),
    script: optional(string()),
  }),
  tar: table(
    { tar: required(text), blake3: optional(blake3Rule()), patches: optional(strings), script: optional(string()) },
    {
      aliases: { b3sum: 'blake3', hash: 'blake3', checksum: 'blake3' },
      useless: (key) => (key === 'shallow_clone' ? 'only a git source can be cloned shallowly' : undefined),
    },
  ),
};

/** In the order in which the cookbook tries them. */
const SOURCE_KEYS = [
  ['same_as', 'same-as'],
  ['path', 'path'],
  ['git', 'git'],
  ['tar', 'tar'],
] as const;

type SourceKind = keyof typeof SOURCE_RULES;

/** Where a recipe's source comes from. */
export type Source = { [K in SourceKind]: { kind: K } & RuleOutput<(typeof SOURCE_RULES)[K]> }[SourceKind];

function blake3Rule(): Rule<string> {
  return string((value) =>
    /^[0-9a-fA-F]{64}$/.test(value) ? undefined : 'must be a BLAKE3 hash: 64 hexadecimal digits',
  );
}

const source: Rule<Source> = withSchema(
  () => ({ anyOf: Object.values(SOURCE_RULES).map((rule) => schemaOf(rule)) }),
  (value, path, report) => {
    if (!isTable(value)) return wrongType(report, path, 'a table', value);
    const found = SOURCE_KEYS.find(([key]) => Object.hasOwn(value, key));
    if (found === undefined) {
      const keys = SOURCE_KEYS.map(([key]) => key);
      const [unknown] = Object.keys(value);
      return report({
        path,
        at: 'key',
        message: `${formatTable(path)} does not say where the source is`,
        advice: [
          unknown === undefined
            ? `one of these keys is needed: ${keys.join(', ')}`
            : didYouMean(unknown, keys, 'one of these keys is needed'),
          'leave the table out if the recipe has no source',
        ],
      });
    }
    const [, kind] = found;
    const checked = SOURCE_RULES[kind](value, path, report);
    return checked === undefined ? undefined : ({ kind, ...checked } as Source);
  },
);

const COMMON_BUILD = {
  template: required(text),
  dependencies: optional(dependencyNames),
  'dev-dependencies': optional(dependencyNames),
};

const BUILD_FIELDS = {
  none: {},
  remote: {},
  cargo: {
    cargopath: optional(text),
    cargoflags: optional(lines),
    cargopackages: optional(strings),
    cargoexamples: optional(strings),
    clearlocked: optional(boolean),
    cargopackagesprefixed: optional(boolean),
  },
  configure: { configureflags: optional(lines) },
  cmake: { cmakeflags: optional(lines) },
  meson: { mesonflags: optional(lines) },
  python: { pyprojectpath: optional(text), pipflags: optional(lines), legacysetup: optional(boolean) },
  custom: { script: required(string(), 'template "custom" runs a shell script: script = """..."""') },
};

export type Template = keyof typeof BUILD_FIELDS;
export const TEMPLATES = Object.keys(BUILD_FIELDS) as Template[];

/** Keys of other templates, for the message that a key belongs elsewhere. */
const TEMPLATE_OF_KEY = new Map(
  TEMPLATES.flatMap((template) => Object.keys(BUILD_FIELDS[template]).map((key) => [key, template] as const)),
);

const BUILD_RULES = Object.fromEntries(
  TEMPLATES.map((template) => [
    template,
    table(
      { ...COMMON_BUILD, ...BUILD_FIELDS[template] },
      {
        aliases: {
          configure: 'configureflags',
          cmake: 'cmakeflags',
          meson: 'mesonflags',
          flags: `${template}flags`,
          packages: 'cargopackages',
        },
        useless: (key) => {
          const other = TEMPLATE_OF_KEY.get(key);
          return other === undefined ? undefined : `it belongs to template "${other}", not "${template}"`;
        },
      },
    ),
  ]),
) as unknown as { [T in Template]: Rule<TableOutput<typeof COMMON_BUILD & (typeof BUILD_FIELDS)[T]>> };

/** How a recipe is built: the template and its own keys. */
export type Build = {
  [T in Template]: { template: T } & Omit<RuleOutput<(typeof BUILD_RULES)[T]>, 'template'>;
}[Template];

/** One table for each template: its own keys, and those of all. */
function buildSchema(): JsonSchema {
  const tables = TEMPLATES.map((template) => {
    const schema = schemaOf(BUILD_RULES[template]);
    return { ...schema, properties: { ...schema.properties, template: { type: 'string', const: template } } };
  });
  return { anyOf: tables };
}

const build: Rule<Build> = withSchema(buildSchema, (value, path, report) => {
  if (!isTable(value)) return wrongType(report, path, 'a table', value);
  const at = [...path, 'template'];
  if (!Object.hasOwn(value, 'template')) {
    // Checked as the table without own keys, so that a misspelt "template" is found there.
    BUILD_RULES.none(value, path, report);
    return undefined;
  }
  const template = oneOf(TEMPLATES)(value['template'], at, report);
  return template === undefined ? undefined : (BUILD_RULES[template](value, path, report) as Build | undefined);
});

const packageTable = table({
  dependencies: optional(dependencyNames),
  version: optional(text),
  description: optional(string()),
});
const optionalPackages = list(
  table({
    name: required(
      string((value) =>
        /^[^\s./:\0]+$/.test(value) ? undefined : 'must be a name without dots, colons, slashes and spaces',
      ),
    ),
    dependencies: optional(list(dependencyOrOwnPart)),
    files: optional(strings),
  }),
  'an array of tables: [[optional-packages]]',
);

/** What a component is for the system it belongs to. */
export const KINDS = ['kernel', 'bootstrap', 'program', 'library', 'libc', 'bootloader', 'initfs'] as const;
export type Kind = (typeof KINDS)[number];

/** A file of the initfs: from another recipe's stage, from this recipe's folder, or a symlink. */
export interface InitfsFile {
  /** Place among the entries of the manifest, from 0. */
  entry: number;
  /** The recipe whose stage holds the file; undefined for a file of this recipe. */
  recipe?: string;
  /** Path in that stage or in this recipe's folder. */
  path?: string;
  /** Target of a symlink. */
  link?: string;
  /** Path in the initfs, without a leading `/`. */
  to: string;
}

/** A path that may lead out of the folder where it begins. */
const anyRelativePath = string((value) => {
  if (value === '') return 'must not be empty';
  return value.startsWith('/') ? 'must be a relative path, without a leading /' : undefined;
});

const initfsFields = table({ from: optional(stagedPath), link: optional(text), to: required(relativePath) });

const initfsFile: Rule<InitfsFile> = withSchema(
  () => schemaOf(initfsFields),
  (value, path, report) => {
    const checked = initfsFields(value, path, report);
    if (checked === undefined || !isTable(value)) return undefined;
    const sources = ['from', 'link'].filter((key) => Object.hasOwn(value, key));
    if (sources.length !== 1) {
      return report({
        path,
        at: 'key',
        message:
          sources.length === 0
            ? `the entry for ${JSON.stringify(checked.to)} says neither "from" nor "link"`
            : `the entry for ${JSON.stringify(checked.to)} has both "from" and "link"`,
        advice: ['from = "recipe:usr/bin/program" or from = "etc/file" copies a file, link = "target" makes a symlink'],
      });
    }
    if (checked.from === undefined && checked.link === undefined) return undefined;
    return {
      entry: path.at(-1) as number,
      ...checked.from,
      ...(checked.link === undefined ? {} : { link: checked.link }),
      to: checked.to,
    };
  },
);

/** Named as in the reference of @nx-redox/initfs, which writes them. */
const INITFS_FORMATS = ['B', 'C', 'D'] as const;

const initfs = table({
  format: optional(oneOf(INITFS_FORMATS)),
  bootstrap: required(text, 'name the recipe that is started first: bootstrap = "bootstrap"'),
  files: optional(list(initfsFile, 'an array of tables: [[nx.initfs.files]]')),
});

/** A crate that takes the place of one from elsewhere: in the source of another recipe, in this recipe's folder, or from crates.io. */
export type CratePatch =
  | {
      /** The recipe whose source holds the crate; undefined for a crate in the folder of this recipe. */
      recipe?: string;
      /** Folder of the crate there; `.` is the whole source. */
      path: string;
      version?: undefined;
    }
  | { version: string; recipe?: undefined; path?: undefined };

const fullVersion = string((value) =>
  /^\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(value)
    ? undefined
    : 'must be a version in full, such as "0.1.14", so that it is the same one tomorrow',
);
const patchFields = table({ recipe: optional(text), path: optional(relativePath), version: optional(fullVersion) });

const cratePatch: Rule<CratePatch> = withSchema(
  () => schemaOf(patchFields),
  (value, path, report) => {
    const checked = patchFields(value, path, report);
    if (checked === undefined || !isTable(value)) return undefined;
    const isFolder = ['recipe', 'path'].some((key) => Object.hasOwn(value, key));
    if (isFolder === Object.hasOwn(value, 'version')) {
      return report({
        path,
        at: 'key',
        message: isFolder
          ? `the patch of crate "${path.at(-1)}" names both a folder and a version`
          : `the patch of crate "${path.at(-1)}" does not say where the other crate is`,
        advice: [
          '{ recipe = "name", path = "folder/in/its/source" }, { path = "folder/of/this/recipe" } for a crate beside the recipe.toml, or { version = "1.2.3" } for one of crates.io',
        ],
      });
    }
    const { recipe, path: folder, version } = checked;
    if (version !== undefined) return { version };
    // Values with mistakes of their own have been reported.
    if (recipe === undefined && folder === undefined) return undefined;
    return { ...(recipe === undefined ? {} : { recipe }), path: folder ?? '.' };
  },
);

/** Patches by the source of the crates that they replace: `crates-io`, or the URL of a registry or git repository. */
const cratePatches: Rule<Record<string, Record<string, CratePatch>>> = withSchema(
  () => schemaOf(mapOf(mapOf(cratePatch))),
  (value, path, report) => {
    const found = mapOf(mapOf(cratePatch))(value, path, report);
    for (const source of Object.keys(found ?? {})) {
      if (source === 'crates-io' || /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(source)) continue;
      report({
        path: [...path, source],
        at: 'key',
        message: `${JSON.stringify(source)} is neither crates-io nor a URL`,
        advice: ['[nx.patch."https://…"] has the URL from which crates of the source come, as in [patch] of cargo'],
      });
    }
    return found;
  },
);

/** A variable of the user's environment. */
const variable = string((value) =>
  /^[A-Za-z_]\w*$/.test(value) ? undefined : 'must be the name of a variable, such as HTTP_TOKEN',
);

/** A tag of an Nx project, for selections such as `-p tag:kind:driver`. */
const tag = string((value) =>
  /^[^\s,!*]+$/.test(value) ? undefined : 'must be a tag without spaces, commas, "!" and "*", such as kind:driver',
);

const nx = table(
  {
    kind: optional(oneOf(KINDS)),
    tags: optional(list(tag)),
    package: optional(text),
    bin: optional(text),
    spec: optional(text),
    'linker-script': optional(anyRelativePath),
    features: optional(strings),
    'default-features': optional(boolean),
    rustflags: optional(strings),
    cfgs: optional(strings),
    env: optional(list(variable)),
    inputs: optional(list(anyRelativePath)),
    submodules: optional(strings),
    budget: optional(budget),
    patch: optional(cratePatches),
    initfs: optional(initfs),
  },
  { aliases: { patches: 'patch' } },
);

/** Rules for a recipe.toml. */
export const recipeFile = table({
  source: optional(source),
  build: optional(build),
  package: optional(packageTable),
  'optional-packages': optional(optionalPackages),
  nx: optional(nx),
});

/** A recipe.toml, as far as it could be read. */
export interface Recipe {
  source?: Source;
  /** Undefined only if `[build]` has mistakes. */
  build: Build | undefined;
  package: RuleOutput<typeof packageTable>;
  optionalPackages: RuleOutput<typeof optionalPackages>;
  kind: Kind;
  nx: RuleOutput<typeof nx>;
  /** Lines in the file of `nx.initfs.files`, in that order. */
  initfsLines: number[];
}

/**
 * Reads the text of a recipe.toml. It does not throw: everything wrong is a diagnostic with `file` in it.
 * `recipe` is undefined only if the text is not TOML; with errors among the diagnostics it holds what could be read,
 * which is enough to know the recipe's place in the graph but not to build it.
 */
export function parseRecipe(text: string, file: string): { recipe: Recipe | undefined; diagnostics: Diagnostic[] } {
  const document = new TomlDocument(text, file);
  const value = document.read(recipeFile);
  const { diagnostics } = document;
  if (value === undefined) return { recipe: undefined, diagnostics };
  const nxTable = value.nx ?? {};
  const kind = nxTable.kind ?? (nxTable.initfs === undefined ? 'program' : 'initfs');
  checkKind(kind, nxTable, document.report);
  return {
    recipe: {
      ...(value.source === undefined ? {} : { source: value.source }),
      build: value.build ?? (diagnostics.some(({ table }) => table === 'build') ? undefined : { template: 'none' }),
      package: value.package ?? {},
      optionalPackages: value['optional-packages'] ?? [],
      kind,
      nx: nxTable,
      initfsLines: (nxTable.initfs?.files ?? []).map(
        ({ entry }) => document.locations.nearest(['nx', 'initfs', 'files', entry]).line,
      ),
    },
    diagnostics,
  };
}

function checkKind(kind: Kind, table: RuleOutput<typeof nx>, report: TomlDocument['report']): void {
  const path: KeyPath = ['nx'];
  if (kind !== 'initfs' && table.initfs !== undefined) {
    report({
      path: [...path, 'initfs'],
      at: 'key',
      message: `[nx.initfs] belongs to kind "initfs", not "${kind}"`,
      advice: ['set [nx] kind = "initfs", or remove the table'],
    });
  }
  if ((kind === 'library' || kind === 'libc') && table.budget !== undefined) {
    report({
      path: [...path, 'budget'],
      at: 'key',
      message: `a recipe of kind "${kind}" has no budget: what of it is in programs counts there`,
      advice: ['give the programs one, or remove the key'],
    });
  }
}
