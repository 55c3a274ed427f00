import type { KeyPath, Position } from './diagnostics';

/** Where the keys and values of a TOML document stand in its text. */
export interface Locations {
  /** Position of the key (or array element, or table header) at `path`; undefined if the document has none. */
  key(path: KeyPath): Position | undefined;
  /** Position of the value at `path`: behind the `=` for a key, the header for a table. */
  value(path: KeyPath): Position | undefined;
  /** Position of the nearest thing on the way to `path` that exists; the start of the file if nothing does. */
  nearest(path: KeyPath): Position;
  /** Offsets in the text between which the value at `path` is written; undefined if there is none, and for a table with a header. */
  span(path: KeyPath): Span | undefined;
}

/** A part of a text. */
export interface Span {
  start: number;
  end: number;
}

const KEY_END = /[\s.=\]#]/;
const VALUE_END = /[,\]}#\r\n]/;

/** Tables and arrays in one another; smol-toml reads no more either. */
const MAX_DEPTH = 1000;

/** A key, an element of an array or a table, and what is below it. */
interface Node {
  /** Offsets in the text; undefined until it is met. */
  key?: number;
  value?: number;
  end?: number;
  /** Elements of an array of tables so far. */
  tables?: number;
  children?: Map<string | number, Node>;
}

function childOf(node: Node, part: string | number): Node {
  node.children ??= new Map();
  let child = node.children.get(part);
  if (child === undefined) node.children.set(part, (child = {}));
  return child;
}

function nodeAt(root: Node, path: KeyPath): Node | undefined {
  let node: Node | undefined = root;
  for (const part of path) node = node?.children?.get(part);
  return node;
}

/**
 * Finds every key and value of a valid TOML document (smol-toml gives values without positions).
 * Reads tables, arrays of tables, dotted and quoted keys, multi-line strings and arrays and inline tables;
 * of a document that is not valid it finds as much as makes sense, and always ends. Each character is looked at a few
 * times at most, however deep the tables are.
 */
export function locate(text: string): Locations {
  const root: Node = {};
  let depth = 0;
  let at = 0;

  const skipSpace = (lines: boolean): void => {
    for (; at < text.length; at++) {
      const char = text[at]!;
      if (char === '#') {
        const end = text.indexOf('\n', at);
        at = (end < 0 ? text.length : end) - 1;
      } else if (char === '\n' || char === '\r') {
        if (!lines) return;
      } else if (char !== ' ' && char !== '\t') {
        return;
      }
    }
  };

  /** Passes a string that begins at `at`, and returns what is between its quotes, with escapes as they are. */
  const skipString = (): string => {
    const quote = text[at]!;
    const delimiter = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
    const start = at + delimiter.length;
    at = start;
    while (at < text.length) {
      if (quote === '"' && text[at] === '\\') {
        at += 2;
      } else if (text.startsWith(delimiter, at)) {
        break;
      } else if (delimiter.length === 1 && text[at] === '\n') {
        return text.slice(start, at);
      } else {
        at++;
      }
    }
    // Up to two quotes may stand directly before the three that end a multi-line string.
    while (delimiter.length === 3 && text[at + 3] === quote) at++;
    const content = text.slice(start, at);
    at += delimiter.length;
    return content;
  };

  const readKeyPart = (): { key: string; offset: number } => {
    skipSpace(false);
    const offset = at;
    const char = text[at];
    if (char === '"') return { key: unescape(skipString()), offset };
    if (char === "'") return { key: skipString(), offset };
    while (at < text.length && !KEY_END.test(text[at]!)) at++;
    return { key: text.slice(offset, at), offset };
  };

  const readKey = (): { key: string; offset: number }[] => {
    const parts = [readKeyPart()];
    for (skipSpace(false); text[at] === '.'; skipSpace(false)) {
      at++;
      parts.push(readKeyPart());
    }
    return parts;
  };

  const skipToLineEnd = (): void => {
    const end = text.indexOf('\n', at);
    at = end < 0 ? text.length : end + 1;
  };

  const readPair = (table: Node): void => {
    let node = table;
    for (const { key, offset } of readKey()) {
      node = childOf(node, key);
      node.key ??= offset;
    }
    if (text[at] !== '=') return;
    at++;
    skipSpace(false);
    readValue(node);
  };

  const readList = (close: string, readItem: (index: number) => void): void => {
    at++;
    for (let index = 0; at < text.length;) {
      skipSpace(true);
      if (text[at] === close) {
        at++;
        return;
      }
      if (text[at] === ',') {
        at++;
        continue;
      }
      const before = at;
      readItem(index++);
      if (at === before) return;
    }
  };

  const readValue = (node: Node): void => {
    node.value ??= at;
    const char = text[at];
    if (char === '"' || char === "'") {
      skipString();
    } else if (depth < MAX_DEPTH && char === '[') {
      depth++;
      readList(']', (index) => {
        const element = childOf(node, index);
        element.key ??= at;
        readValue(element);
      });
      depth--;
    } else if (depth < MAX_DEPTH && char === '{') {
      depth++;
      readList('}', () => readPair(node));
      depth--;
    } else {
      const start = at;
      while (at < text.length && !VALUE_END.test(text[at]!)) at++;
      node.end ??= start + text.slice(start, at).trimEnd().length;
    }
    node.end ??= at;
  };

  /** Reads `[a.b]` or `[[a.b]]` and returns what the pairs below it belong to. */
  const readHeader = (): Node => {
    const isArray = text[at + 1] === '[';
    at += isArray ? 2 : 1;
    const parts = readKey();
    let node = root;
    parts.forEach(({ key, offset }, index) => {
      node = childOf(node, key);
      node.key ??= offset;
      node.value ??= offset;
      if (isArray && index === parts.length - 1) {
        node.tables = (node.tables ?? 0) + 1;
        node = childOf(node, node.tables - 1);
        node.key ??= offset;
        node.value ??= offset;
      } else if (node.tables !== undefined) {
        node = childOf(node, node.tables - 1);
      }
    });
    skipToLineEnd();
    return node;
  };

  let table = root;
  for (skipSpace(true); at < text.length; skipSpace(true)) {
    if (text[at] === '[') {
      table = readHeader();
    } else {
      readPair(table);
      skipToLineEnd();
    }
  }

  const lines = lineStarts(text);
  const position = (offset: number | undefined) => (offset === undefined ? undefined : placeOf(lines, offset));
  return {
    key: (path) => (path.length === 0 ? undefined : position(nodeAt(root, path)?.key)),
    value: (path) => {
      const node = path.length === 0 ? undefined : nodeAt(root, path);
      return position(node?.value ?? node?.key);
    },
    nearest: (path) => {
      let found: number | undefined;
      let node: Node | undefined = root;
      for (const part of path) {
        node = node?.children?.get(part);
        if (node === undefined) break;
        found = node.key ?? found;
      }
      return position(found) ?? { line: 1, column: 1 };
    },
    span: (path) => {
      const { value: start, end } = nodeAt(root, path) ?? {};
      return start === undefined || end === undefined ? undefined : { start, end };
    },
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

function placeOf(starts: readonly number[], offset: number): Position {
  let low = 0;
  for (let high = starts.length; high - low > 1;) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - starts[low]! + 1 };
}

/** Line and column, from 1, of an offset in a text. */
export function positionOf(text: string, offset: number): Position {
  return placeOf(lineStarts(text.slice(0, offset)), offset);
}

/** The offset of a line and column in a text: the inverse of {@link positionOf}. */
export function offsetOf(text: string, { line, column }: Position): number {
  return lineStarts(text)[line - 1]! + column - 1;
}

const ESCAPES: Record<string, string> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\x1b',
  '"': '"',
  '\\': '\\',
};

function unescape(content: string): string {
  return content.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g,
    (all, x, u, long, char) => {
      const code = x ?? u ?? long;
      if (code === undefined) return ESCAPES[char as string] ?? all;
      const point = Number.parseInt(code as string, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : all;
    },
  );
}
