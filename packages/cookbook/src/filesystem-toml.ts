import type { FileEntry, General, GroupEntry, PackageEntry, UserEntry } from './config';
import type { MergedConfig } from './merge';
/*
 * /filesystem.toml: the merged config as redox_installer writes it, to the byte. Its crate toml 0.8 writes the keys in
 * the order of the structs, values before tables, strings in the plainest form that needs no escapes.
 */

const GENERAL = [
  'cookbook',
  'prompt',
  'filesystem_size',
  'efi_partition_size',
  'skip_partitions',
  'encrypt_disk',
  'live_disk',
  'write_bootloader',
  'no_mount',
] as const satisfies readonly (keyof General)[];
const SPEC = ['version', 'git', 'path'] as const;
const USER = ['password', 'uid', 'gid', 'name', 'home', 'shell'] as const satisfies readonly (keyof UserEntry)[];

/** The merged config as TOML. */
export function filesystemToml({ general, packages, files, users, groups }: MergedConfig): string {
  const lines = ['include = []', ...(files.length === 0 ? ['files = []'] : [])];
  const settings = Object.fromEntries(Object.entries(general).map(([key, { value }]) => [key, value]));
  return [
    lines.join('\n') + '\n',
    table('[general]', GENERAL, settings),
    ...packageTables(packages),
    ...files.map(fileTable),
    ...tables('users', users, (user) => (header) => table(header, USER, user as UserEntry)),
    ...tables('groups', groups, groupTable),
  ].join('\n');
}

function packageTables(packages: ReadonlyMap<string, PackageEntry>): string[] {
  const rules = [...packages].filter(([, { rule }]) => rule !== undefined);
  const own = rules.map(([name, { rule }]) => `${key(name)} = ${string(rule!)}\n`).join('');
  return [
    ...(rules.length > 0 || packages.size === 0 ? [`[packages]\n${own}`] : []),
    ...[...packages]
      .filter(([, { rule }]) => rule === undefined)
      .map(([name, { spec = {} }]) => table(`[packages.${key(name)}]`, SPEC, spec)),
  ];
}

function fileTable(file: FileEntry): string {
  const { path, data, symlink = false, directory = false, mode, uid, gid } = file;
  const { recursive_chown = false, postinstall = false, append } = file;
  const values = { path, data, symlink, directory, mode, uid, gid, recursive_chown, postinstall };
  // Only this key is left out if it is false.
  const all = { ...values, append: append === true ? true : undefined };
  return table('[[files]]', Object.keys(all) as (keyof typeof all)[], all);
}

function groupTable({ gid, members }: GroupEntry): (header: string) => string {
  const list =
    members.length > 1
      ? `[\n${members.map((name) => `    ${string(name)},\n`).join('')}]`
      : `[${members.map(string).join('')}]`;
  return (header) => `${table(header, ['gid'], { gid })}members = ${list}\n`;
}

function tables<T>(
  name: string,
  entries: ReadonlyMap<string, T>,
  write: (entry: T) => (header: string) => string,
): string[] {
  if (entries.size === 0) return [`[${name}]\n`];
  return [...entries].map(([own, entry]) => write(entry)(`[${name}.${key(own)}]`));
}

function table<K extends string>(
  header: string,
  keys: readonly K[],
  values: { [P in K]?: string | number | boolean | undefined },
): string {
  const lines = keys.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [`${name} = ${typeof value === 'string' ? string(value) : String(value)}\n`];
  });
  return `${header}\n${lines.join('')}`;
}

/** Control characters that a string without escapes cannot hold; tab and line feed can be in one. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0b-\x1f\x7f]/;

function key(name: string): string {
  if (/^[\w-]+$/.test(name)) return name;
  // eslint-disable-next-line no-control-regex
  const control = /[\0-\x08\x0a-\x1f\x7f]/.test(name);
  if (control || (/["\\]/.test(name) && name.includes("'"))) return escaped(name, false);
  return /["\\]/.test(name) ? `'${name}'` : escaped(name, false);
}

function string(value: string): string {
  const control = CONTROL.test(value);
  const lines = value.includes('\n');
  const backslash = value.includes('\\');
  if (!control && !backslash && !value.includes('"') && !lines) return escaped(value, false);
  if (!control && !value.includes("'") && !lines) return `'${value}'`;
  if (!control && !backslash && !value.includes('"""')) return escaped(value, true);
  if (!control && !value.includes("'''")) return `'''${lines ? '\n' : ''}${value}'''`;
  return escaped(value, lines);
}

const ESCAPES: Record<string, string> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
};

/** A string in double quotes, or in three of them; there, two in a row stay as they are. */
function escaped(value: string, multiline: boolean): string {
  let quotes = 0;
  let content = '';
  for (const char of value) {
    quotes = char === '"' ? quotes + 1 : 0;
    if (char === '"' && quotes > (multiline ? 2 : 0)) {
      content += '\\"';
      quotes = 0;
    } else if (char === '\n' && multiline) {
      content += char;
    } else if (char < ' ' || char === '\x7f' || char === '\\') {
      content += ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
    } else {
      content += char;
    }
  }
  const delimiter = multiline ? '"""' : '"';
  return `${delimiter}${multiline && value.includes('\n') ? '\n' : ''}${content}${delimiter}`;
}
