import { isDeepStrictEqual } from 'node:util';
import { UserError } from '@nx-redox/kit';
import { formatDiagnostic, type KeyPath, TomlDocument } from '@nx-redox/kit/toml';
/*
 * Insertions into TOML texts that leave comments and layout as they are. Where to insert is found by simple rules;
 * each result is parsed and compared with what it must say, so that an unusual layout is refused and never damaged.
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

/** A string as TOML writes it. */
export function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
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
  if (!Array.isArray(array) || header === undefined) throw cannotEdit(file, path, entry);
  const eol = lineEndOf(text);
  const pairs = Object.entries(entry).map(([key, value]) => `${key} = ${formatValue(value)}`);
  if (!lines[header - 1]!.trimStart().startsWith('[[')) {
    return addToArray(text, file, path, entry, index);
  }
  const block = [`[[${path.join('.')}]]`, ...pairs].map((line) => `${line}${eol}`);
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
  return checked(text, edited, file, path, entry, index);
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
  const position = new TomlDocument(text, file).locations.value(path);
  if (!Array.isArray(array) || position === undefined) throw cannotEdit(file, path, value);
  const open = offsetOf(text, position);
  const elements = text[open] === '[' ? elementsOf(text, open) : undefined;
  if (elements === undefined || elements.length !== array.length) throw cannotEdit(file, path, value);
  const at = index ?? sortedPlace(array, value);
  return checked(text, splice(text, open, elements, at, formatValue(value)), file, path, value, at);
}

/**
 * Adds a string to an array of a table that may not have the array yet.
 * @throws {UserError} as {@link addToArray}.
 */
export function addToOptionalArray(
  text: string,
  file: string,
  table: readonly string[],
  key: string,
  value: string,
): string {
  const path = [...table, key];
  if (valueAt(parseToml(text, file), path) !== undefined) return addToArray(text, file, path, value);
  const header = new TomlDocument(text, file).locations.key(table);
  if (header === undefined) throw cannotEdit(file, path, [value]);
  const lineEnd = text.indexOf('\n', offsetOf(text, header));
  const at = lineEnd < 0 ? text.length : lineEnd + 1;
  const before = lineEnd < 0 ? `${text}\n` : text.slice(0, at);
  const edited = `${before}${key} = [${tomlString(value)}]${lineEndOf(text)}${text.slice(at)}`;
  return withValue(text, edited, file, path, [value], (wanted) => {
    (valueAt(wanted, table) as TomlTable)[key] = [value];
  });
}

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

interface Span {
  start: number;
  end: number;
}

/** Where the elements of the array stand that is opened at `open`; undefined if it does not end. */
function elementsOf(text: string, open: number): Span[] | undefined {
  const spans: Span[] = [];
  let depth = 0;
  let start: number | undefined;
  let end = open;
  for (let at = open + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === '#') {
      const lineEnd = text.indexOf('\n', at);
      at = (lineEnd < 0 ? text.length : lineEnd) - 1;
      continue;
    }
    if (/\s/.test(char)) continue;
    if (depth === 0 && (char === ',' || char === ']')) {
      if (start !== undefined) spans.push({ start, end });
      start = undefined;
      if (char === ']') return spans;
      continue;
    }
    start ??= at;
    if (char === '[' || char === '{') depth++;
    if (char === ']' || char === '}') depth--;
    if (char === '"' || char === "'") at = endOfString(text, at) - 1;
    end = at + 1;
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  const quote = text[start]!;
  const delimiter = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  for (let at = start + delimiter.length; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text.startsWith(delimiter, at)) return at + delimiter.length;
  }
  return text.length;
}

function offsetOf(text: string, { line, column }: { line: number; column: number }): number {
  let start = 0;
  for (let number = 1; number < line; number++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
}

function formatValue(value: string | number | Record<string, string | number>): string {
  if (typeof value === 'string') return tomlString(value);
  if (typeof value === 'number') return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key} = ${formatValue(inner)}`)
    .join(', ')} }`;
}

/** The edited text, if it says what the old one said and the new element besides. */
function checked(
  old: string,
  edited: string,
  file: string,
  path: readonly string[],
  value: TomlValue,
  index: number,
): string {
  const added = parseToml(`value = ${formatValue(value as string)}`, file)['value']!;
  return withValue(old, edited, file, path, value, (wanted) => {
    (valueAt(wanted, path) as TomlValue[]).splice(index, 0, added);
  });
}

/** The edited text, if it says what the old one says after `change`. */
function withValue(
  old: string,
  edited: string,
  file: string,
  path: readonly string[],
  value: TomlValue,
  change: (wanted: TomlTable) => void,
): string {
  const wanted = parseToml(old, file);
  change(wanted);
  let found: TomlTable | undefined;
  try {
    found = parseToml(edited, file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  if (!isDeepStrictEqual(found, wanted)) throw cannotEdit(file, path, value);
  return edited;
}

function cannotEdit(file: string, path: readonly string[], value: TomlValue): UserError {
  return new UserError(`the layout of ${path.join('.')} is not one that can be edited`, {
    file,
    advice: `add it by hand: ${Array.isArray(value) ? `[${value.map((item) => formatValue(item as string)).join(', ')}]` : formatValue(value as string)}`,
  });
}

/** All diagnostics of a file that keep it from being used, as one error. */
export function refuseErrors(diagnostics: Parameters<typeof formatDiagnostic>[0][]): void {
  const [first] = diagnostics.filter(({ severity }) => severity === 'error');
  if (first !== undefined) throw new UserError(first.message, first);
}
