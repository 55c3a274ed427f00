import {
  boolean,
  type Diagnostic,
  formatKeyPath,
  isTable,
  type KeyPath,
  list,
  mapOf,
  oneOf,
  optional,
  type Report,
  required,
  type Rule,
  type RuleOutput,
  string,
  table,
  text,
  TomlDocument,
  wrongType,
} from '@nx-redox/kit/toml';
import { dependencyName } from '@nx-redox/recipe/parse';
/*
 * One config file, as redox_installer reads it (src/config there): include, general, packages, files, users, groups.
 * The installer ignores keys that it does not know, so a misspelt one does nothing there; here it is an error.
 */

/** Where something is written. */
export interface Origin {
  file: string;
  line: number;
}

/** A value, and where it is written. */
export type Sourced<T> = T & { origin: Origin };

/** What a config may say of a package: how it comes to be, or that it is left out. */
const PACKAGE_RULES = ['source', 'local', 'binary', 'ignore'] as const;
export type PackageRule = (typeof PACKAGE_RULES)[number];

const U32 = 0xffff_ffff;

/** A whole number from 0 that fits into 32 bits. */
const number32: Rule<number> = (value, path, report) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= U32
    ? value
    : wrongType(report, path, `a whole number from 0 to ${U32}`, value);

/** A number of a user or group; the highest one means "unchanged" to the installer. */
const id: Rule<number> = (value, path, report) =>
  value === U32
    ? wrongType(report, path, `a whole number below ${U32}, which means no user`, value)
    : number32(value, path, report);

/** Permissions as they are written in octal. */
const LIKELY_OCTAL = new Set([
  400, 440, 444, 500, 555, 600, 640, 644, 660, 664, 700, 711, 750, 755, 770, 775, 777, 1777,
]);

const mode: Rule<number> = (value, path, report) => {
  if (typeof value === 'string' && /^(0o?)?[0-7]{3,4}$/.test(value))
    return wrongType(report, path, 'a number', value, [`mode = 0o${value.replace(/^0o?/, '')}`]);
  const checked = number32(value, path, report);
  if (checked === undefined) return undefined;
  // Decimal 755 is 0o1363, which nobody wants.
  if (LIKELY_OCTAL.has(checked)) {
    report({
      severity: 'warning',
      path,
      message: `${formatKeyPath(path)} = ${checked} is decimal: it means 0o${checked.toString(8)}`,
      advice: [`mode = 0o${checked}`],
    });
  }
  if (checked <= 0o7777) return checked;
  return wrongType(report, path, 'permission bits, at most 0o7777', value, ['write them in octal: mode = 0o755']);
};

const mebibytes: Rule<number> = (value, path, report) =>
  value === 0 ? wrongType(report, path, 'MiB, at least 1', value) : number32(value, path, report);

const general = table(
  {
    cookbook: optional(text),
    prompt: optional(boolean),
    filesystem_size: optional(number32),
    efi_partition_size: optional(mebibytes),
    skip_partitions: optional(boolean),
    encrypt_disk: optional(string()),
    live_disk: optional(boolean),
    write_bootloader: optional(text),
    no_mount: optional(boolean),
  },
  {
    aliases: { size: 'filesystem_size', efi_size: 'efi_partition_size' },
    useless: (key) =>
      key === 'repo_binary' ? 'no installer reads it, although the book has it: write rules in [packages]' : undefined,
  },
);

const spec = table({ version: optional(text), git: optional(text), path: optional(text) });

/** A rule, or a table. */
const packageEntry: Rule<PackageEntry> = (value, path, report) => {
  if (typeof value === 'string') {
    if (value === 'recipe') {
      return report({
        path,
        message: `${formatKeyPath(path)} = "recipe" is no rule any more`,
        advice: ['"source" builds the package from its recipe'],
      });
    }
    const rule = oneOf(PACKAGE_RULES)(value, path, report);
    return rule === undefined ? undefined : { rule };
  }
  if (!isTable(value)) return wrongType(report, path, `{} or one of ${PACKAGE_RULES.join(', ')}`, value);
  const checked = spec(value, path, report);
  for (const key of Object.keys(checked ?? {})) {
    report({
      severity: 'warning',
      path: [...path, key],
      at: 'key',
      message: `${formatKeyPath([...path, key])} does nothing: nobody reads it`,
      advice: ['the recipe says where the source of a package comes from'],
    });
  }
  return checked === undefined ? undefined : Object.keys(checked).length === 0 ? {} : { spec: checked };
};

const packages: Rule<Record<string, PackageEntry>> = (value, path, report) => {
  const found = mapOf(packageEntry)(value, path, report);
  if (found === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(found).filter(([name]) => {
      const at: KeyPath = [...path, name];
      // The rule speaks of a value; here the name is the key.
      const good = dependencyName(name, at, (finding) => report({ ...finding, at: 'key' }));
      if (good !== undefined && /^(host|target):/.test(name)) {
        report({
          path: at,
          at: 'key',
          message: `"${name}" cannot be installed: a config names packages of the system itself`,
          advice: [`write ${name.slice(name.indexOf(':') + 1)}`],
        });
        return false;
      }
      return good !== undefined;
    }),
  );
};

/** A place in the image; a leading `/` does not matter. */
const imagePath = string((value) => {
  if (value.includes('\0')) return 'must not contain NUL';
  const parts = value.split('/').filter((part) => part !== '');
  if (parts.includes('..')) return 'must not contain .., which could lead out of the image';
  return undefined;
});

const fileFields = table(
  {
    path: required(imagePath, 'path = "/etc/hostname": where it is in the image'),
    data: required(string(), 'data = "…": the content, or a symlink’s target; a directory needs data = "", too'),
    symlink: optional(boolean),
    directory: optional(boolean),
    mode: optional(mode),
    uid: optional(id),
    gid: optional(id),
    recursive_chown: optional(boolean),
    postinstall: optional(boolean),
    append: optional(boolean),
  },
  { aliases: { content: 'data', target: 'data', recursive: 'recursive_chown', owner: 'uid', group: 'gid' } },
);

/** An entry and its place among all, those left out included. */
const file: Rule<{ entry: RuleOutput<typeof fileFields>; index: number }> = (value, path, report) => {
  const checked = fileFields(value, path, report);
  if (checked === undefined) return undefined;
  const isRoot = checked.path.split('/').every((part) => part === '' || part === '.');
  if (isRoot && checked.directory !== true) {
    return report({
      path: [...path, 'path'],
      message: `"${checked.path}" is the root, which can only be a directory`,
      advice: ['name a file in it'],
    });
  }
  warnOfUseless(checked, path, report);
  return { entry: checked, index: path.at(-1) as number };
};

/** Keys that say nothing beside another one: the installer takes no notice of them. */
function warnOfUseless(entry: RuleOutput<typeof fileFields>, path: KeyPath, report: Report): void {
  const warn = (key: string, why: string) =>
    report({
      severity: 'warning',
      path: [...path, key],
      at: 'key',
      message: `${formatKeyPath([...path, key])} does nothing: ${why}`,
      advice: ['remove it'],
    });
  if (entry.directory) {
    if (entry.symlink) warn('symlink', 'the entry is a directory');
    if (entry.append) warn('append', 'the entry is a directory');
    if (entry.data !== '') warn('data', 'a directory has no content');
    return;
  }
  if (entry.symlink) {
    for (const key of ['mode', 'uid', 'gid', 'recursive_chown', 'append'] as const)
      if (entry[key] !== undefined) warn(key, 'a symlink is made as it is');
    return;
  }
  if (entry.recursive_chown) warn('recursive_chown', 'the entry is no directory');
}

const recordName = (what: string): ((name: string) => string | undefined) => {
  return (name) =>
    name === '' || /[;\n\r\0/]/.test(name)
      ? `cannot be the name of a ${what}: it ends up in lines parted by ;`
      : undefined;
};

const oneField = string((value) =>
  /[;\n\r\0]/.test(value) ? 'must not contain ; or a line end: /etc/passwd has one line for each user' : undefined,
);

const user = table({
  password: optional(string()),
  uid: optional(id),
  gid: optional(id),
  name: optional(oneField),
  home: optional(
    string((value) =>
      /[;\n\r\0]/.test(value)
        ? 'must not contain ; or a line end'
        : value.split('/').includes('..')
          ? 'must not contain ..'
          : value.split('/').every((part) => part === '' || part === '.')
            ? 'must be a folder below the root'
            : undefined,
    ),
  ),
  shell: optional(oneField),
});

const group = table({
  gid: optional(id),
  members: required(
    list(string((value) => (/[;,\n\r\0]/.test(value) ? 'must not contain ; or , or a line end' : undefined))),
    'members = []: the installer wants the key, even if nobody is in the group',
  ),
});

function named<T>(rule: Rule<T>, what: string): Rule<Record<string, T>> {
  const problemOf = recordName(what);
  return (value, path, report) => {
    const found = mapOf(rule)(value, path, report);
    for (const name of Object.keys(found ?? {})) {
      const problem = problemOf(name);
      if (problem !== undefined) report({ path: [...path, name], at: 'key', message: `"${name}" ${problem}` });
    }
    return found;
  };
}

const include: Rule<{ path: string; index: number }> = (value, path, report) => {
  const checked = text(value, path, report);
  return checked === undefined ? undefined : { path: checked, index: path.at(-1) as number };
};

const configFile = table({
  include: optional(list(include)),
  general: optional(general),
  packages: optional(packages),
  files: optional(list(file, 'an array of tables: [[files]]')),
  users: optional(named(user, 'user')),
  groups: optional(named(group, 'group')),
});

/** `[general]`. Sizes are in MiB. */
export type General = RuleOutput<typeof general>;
/** What is said of a package: a rule, or a table that nobody reads. */
export interface PackageEntry {
  rule?: PackageRule;
  spec?: RuleOutput<typeof spec>;
}
export type FileEntry = RuleOutput<typeof fileFields>;
export type UserEntry = RuleOutput<typeof user>;
export type GroupEntry = RuleOutput<typeof group>;

/** Settings of `[general]`, each with the place where it is written. */
export type SourcedGeneral = { [K in keyof General]?: { value: Exclude<General[K], undefined>; origin: Origin } };

/** One config file by itself, before its includes are merged. */
export interface Config {
  file: string;
  include: { path: string; origin: Origin }[];
  general: SourcedGeneral;
  packages: Record<string, Sourced<PackageEntry>>;
  files: Sourced<FileEntry>[];
  users: Record<string, Sourced<UserEntry>>;
  groups: Record<string, Sourced<GroupEntry>>;
}

/**
 * Reads the text of one config file. It does not throw: everything wrong is a diagnostic. `config` is undefined only if
 * the text is not TOML; with errors among the diagnostics it holds what could be read.
 * @param file relative to the checkout, with `/`.
 */
export function parseConfig(content: string, file: string): { config: Config | undefined; diagnostics: Diagnostic[] } {
  const document = new TomlDocument(content, file);
  const value = document.read(configFile);
  const { diagnostics } = document;
  if (value === undefined) return { config: undefined, diagnostics };
  const originOf = (...path: KeyPath): Origin => ({ file, line: document.locations.nearest(path).line });
  const sourced = <T extends object>(part: string, entries: Record<string, T> = {}): Record<string, Sourced<T>> =>
    Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, { ...entry, origin: originOf(part, key) }]));
  return {
    config: {
      file,
      include: (value.include ?? []).map(({ path, index }) => ({ path, origin: originOf('include', index) })),
      general: Object.fromEntries(
        Object.entries(value.general ?? {}).map(([key, setting]) => [
          key,
          { value: setting, origin: originOf('general', key) },
        ]),
      ) as SourcedGeneral,
      packages: sourced('packages', value.packages),
      files: (value.files ?? []).map(({ entry, index }) => ({ ...entry, origin: originOf('files', index) })),
      users: sourced('users', value.users),
      groups: sourced('groups', value.groups),
    },
    diagnostics,
  };
}
