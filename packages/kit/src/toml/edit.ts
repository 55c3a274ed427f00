import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../user-error';
import { formatKeyPath, type KeyPath } from './diagnostics';
import { TomlDocument } from './document';
import { offsetOf, type Span } from './locate';
import { tomlString } from './quote';

export { tomlString };

/*
 * Entry point `@nx-redox/kit/toml-edit`: insertions into TOML texts that leave comments and layout as they are. Where to
 * insert is found by simple rules; each result is parsed and compared with what it must say, so that an unusual layout is refused and never damaged.
 */

export type TomlTable = { [key: string]: TomlValue };
export type TomlValue = string | number | boolean | Date | TomlValue[] | TomlTable;

/**
 * Parses a TOML text.
 * @throws {UserError} with the position if it is no TOML.
 */
export function parseToml(text: string, file: string): TomlTable {
  const document = new TomlDocument(text, file);
  const value = document.read((read) => read as TomlTable);
  const [problem] = document.diagnostics;
  if (value === undefined || problem !== undefined) {
    throw new UserError(problem?.message ?? 'cannot be read', { ...problem, file, advice: problem?.advice ?? [] });
  }
  return value;
}

/** The value at a path, or undefined if the document has none. */
export function valueAt(document: TomlValue, path: KeyPath): TomlValue | undefined {
  let value: unknown = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, part) ? (value as Record<string | number, unknown>)[part] : undefined;
  }
  return value as TomlValue | undefined;
}

function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/**
 * Inserts a table into an array of tables such as `[[stage]]`.
 *
 * @param path keys that lead to the array; it has at least one element.
 * @param index place of the new element, from 0.
 * @throws {UserError} if the text is no TOML, or its layout is not understood.
 */
export function insertTable(
  text: string,
  file: string,
  path: readonly string[],
  index: number,
  entry: Record<string, string | number>,
): string {
  const array = valueAt(parseToml(text, file), path);
  const { locations } = new TomlDocument(text, file);
  const lines = text.split(/(?<=\n)/);
  const anchor = index === 0 ? 0 : index - 1;
  const header = locations.key([...path, anchor])?.line;
  if (!Array.isArray(array) || header === undefined) throw cannotEdit(file, path, formatValue(entry));
  const eol = lineEndOf(text);
  if (!lines[header - 1]!.trimStart().startsWith('[[')) {
    return addToArray(text, file, path, entry, index);
  }
  const block = [`[[${formatKeyPath(path)}]]`, ...pairsOf(entry)].map((line) => `${line}${eol}`);
  let at: number;
  if (index === 0) {
    at = startOfBlock(lines, header - 1);
    block.push(eol);
  } else {
    at = endOfBlock(lines, header - 1);
    block.unshift(eol);
    // The last line of a file may lack its end.
    if (at === lines.length && !lines[at - 1]!.endsWith('\n')) block.unshift(eol);
  }
  const edited = [...lines.slice(0, at), ...block, ...lines.slice(at)].join('');
  return checked({ text, file, path }, edited, formatValue(entry), insertion(path, index, entry));
}

/** Line of a table's header, or of the comment directly above it. */
function startOfBlock(lines: readonly string[], header: number): number {
  let start = header;
  while (start > 0 && lines[start - 1]!.trimStart().startsWith('#')) start--;
  return start;
}

/** Line behind a table; comments directly above the next header belong to that one. */
function endOfBlock(lines: readonly string[], header: number): number {
  let end = header + 1;
  while (end < lines.length && !lines[end]!.trimStart().startsWith('[')) end++;
  while (end < lines.length && lines[end - 1]!.trimStart().startsWith('#')) end--;
  while (lines[end - 1]!.trim() === '') end--;
  return end;
}

/**
 * Inserts a value into an array such as `members = ["a", "b"]`, in its layout: in the line, or in a line of its own.
 *
 * @param index place of the new element, from 0; without it, a sorted array of strings stays sorted, and others get the
 *   value at their end.
 * @throws {UserError} if the text is no TOML, or its layout is not understood.
 */
export function addToArray(
  text: string,
  file: string,
  path: readonly string[],
  value: string | Record<string, string | number>,
  index?: number,
): string {
  const array = valueAt(parseToml(text, file), path);
  const { locations } = new TomlDocument(text, file);
  const open = locations.span(path)?.start;
  if (!Array.isArray(array) || open === undefined) throw cannotEdit(file, path, formatValue(value));
  const elements = array.flatMap((_, place) => locations.span([...path, place]) ?? []);
  if (elements.length !== array.length) throw cannotEdit(file, path, formatValue(value));
  const at = index ?? sortedPlace(array, value);
  const written = formatValue(value);
  return checked({ text, file, path }, splice(text, open, elements, at, written), written, insertion(path, at, value));
}

/**
 * Adds a string to an array of a table that may not have the array yet.
 *
 * @param last puts it at the end of the array, whose order counts then; a new array stands below the first of the keys `below`
 *   that the table has, else below the table's header.
 * @throws {UserError} as {@link addToArray}.
 */
export function addToOptionalArray(
  text: string,
  file: string,
  table: readonly string[],
  key: string,
  value: string,
  { last = false, below = [] }: { last?: boolean; below?: readonly string[] } = {},
): string {
  const path = [...table, key];
  const array = valueAt(parseToml(text, file), path);
  if (array !== undefined) {
    return addToArray(text, file, path, value, last && Array.isArray(array) ? array.length : undefined);
  }
  const { locations } = new TomlDocument(text, file);
  const [above] = [...below.map((name) => [...table, name]), table].flatMap((other) => locations.key(other) ?? []);
  if (above === undefined) throw cannotEdit(file, path, formatValue([value]));
  const offset = offsetOf(text, above);
  const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset) + 1))![0];
  const lineEnd = text.indexOf('\n', offset);
  const before = lineEnd < 0 ? `${text}${lineEndOf(text)}` : text.slice(0, lineEnd + 1);
  const after = lineEnd < 0 ? '' : text.slice(lineEnd + 1);
  const edited = `${before}${indent}${key} = [${tomlString(value)}]${lineEndOf(text)}${after}`;
  return checked({ text, file, path }, edited, formatValue([value]), (wanted) => {
    (valueAt(wanted, table) as TomlTable)[key] = [value];
  });
}

/** A table with its header. */
export interface NewTable {
  path: readonly string[];
  entry: TomlTable;
}

/** Tables as they are written, an empty line between two of them. */
export function tablesText(tables: readonly NewTable[], eol = '\n'): string {
  const blocks = tables.map(({ path, entry }) => [`[${formatKeyPath(path)}]`, ...pairsOf(entry)].join(eol));
  return `${blocks.join(eol + eol)}${eol}`;
}

/**
 * Adds tables at the end of a text.
 * @throws {UserError} if the text is no TOML, has one of the tables, or what they belong to takes no header.
 */
export function appendTables(text: string, file: string, tables: readonly NewTable[]): string {
  const eol = lineEndOf(text);
  const above = text === '' || /(?:^|\n)\r?\n$/.test(text) ? '' : text.endsWith('\n') ? eol : eol + eol;
  const edited = `${text}${above}${tablesText(tables, eol)}`;
  return checked({ text, file, path: tables[0]!.path }, edited, tablesText(tables).trim(), (wanted) => {
    for (const { path, entry } of tables) setTable(wanted, path, entry);
  });
}

function setTable(root: TomlTable, path: readonly string[], entry: TomlTable): void {
  let table = root;
  for (const part of path) {
    const next = (table[part] ??= {});
    // Nothing can be added to what is no table: the comparison fails.
    if (typeof next !== 'object' || Array.isArray(next) || next instanceof Date) return;
    table = next;
  }
  Object.assign(table, entry);
}

const insertion = (path: KeyPath, index: number, value: TomlValue) => (wanted: TomlTable) => {
  (valueAt(wanted, path) as TomlValue[]).splice(index, 0, value);
};

function splice(text: string, open: number, elements: readonly Span[], at: number, written: string): string {
  const insert = (offset: number, added: string) => text.slice(0, offset) + added + text.slice(offset);
  if (elements.length === 0) return insert(open + 1, written);
  const lineStart = (offset: number) => text.lastIndexOf('\n', offset - 1) + 1;
  const before = (offset: number) => text.slice(lineStart(offset), offset);
  const next = elements[at];
  if (next !== undefined) {
    const indent = before(next.start);
    return insert(next.start, indent.trim() === '' ? `${written},${lineEndOf(text)}${indent}` : `${written}, `);
  }
  const last = elements.at(-1)!;
  const indent = before(last.start);
  if (indent.trim() !== '') return insert(last.end, `, ${written}`);
  const comma = /^\s*,/.exec(text.slice(last.end))?.[0].length ?? 0;
  const lineEnd = /\r?\n|$/.exec(text.slice(last.end + comma))!.index + last.end + comma;
  const added = `${lineEndOf(text)}${indent}${written}${comma > 0 ? ',' : ''}`;
  const withElement = insert(lineEnd, added);
  return comma > 0 ? withElement : `${withElement.slice(0, last.end)},${withElement.slice(last.end)}`;
}

function sortedPlace(array: readonly TomlValue[], value: unknown): number {
  const sorted = array.every((item, index) => typeof item === 'string' && (index === 0 || array[index - 1]! <= item));
  const place = sorted && typeof value === 'string' ? array.findIndex((item) => (item as string) > value) : -1;
  return place < 0 ? array.length : place;
}

function pairsOf(entry: TomlTable): string[] {
  return Object.entries(entry).map(([key, value]) => `${key} = ${formatValue(value)}`);
}

/** A value in a line. */
function formatValue(value: TomlValue): string {
  if (typeof value === 'string') return tomlString(value);
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`;
  if (typeof value === 'object' && !(value instanceof Date)) return `{ ${pairsOf(value).join(', ')} }`;
  return String(value);
}

/**
 * The edited text, if it says what the old one says after `change`.
 * @param byHand what to write otherwise.
 */
function checked(
  { text, file, path }: { text: string; file: string; path: KeyPath },
  edited: string,
  byHand: string,
  change: (wanted: TomlTable) => void,
): string {
  const wanted = parseToml(text, file);
  change(wanted);
  let found: TomlTable | undefined;
  try {
    found = parseToml(edited, file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  // Tables of the parser have no prototype, ours have one: clones are the same.
  if (!isDeepStrictEqual(structuredClone(found), structuredClone(wanted))) throw cannotEdit(file, path, byHand);
  return edited;
}

function cannotEdit(file: string, path: KeyPath, byHand: string): UserError {
  return new UserError(`the layout of ${formatKeyPath(path)} is not one that can be edited`, {
    file,
    advice: `add it by hand:${byHand.includes('\n') ? '\n' : ' '}${byHand}`,
  });
}
