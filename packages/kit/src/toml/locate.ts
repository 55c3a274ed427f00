import type { KeyPath, Position } from './diagnostics';

/** Where the keys and values of a TOML document stand in its text. */
export interface Locations {
  /** Position of the key (or array element, or table header) at `path`; undefined if the document has none. */
  key(path: KeyPath): Position | undefined;
  /** Position of the value at `path`: behind the `=` for a key, the header for a table. */
  value(path: KeyPath): Position | undefined;
  /** Position of the nearest thing on the way to `path` that exists; the start of the file if nothing does. */
  nearest(path: KeyPath): Position;
}

const KEY_END = /[\s.=\]#]/;
const VALUE_END = /[,\]}#\r\n]/;

function encode(path: KeyPath): string {
  return path.map((part) => (typeof part === 'number' ? `#${part}` : `.${part}`)).join('\0');
}

/**
 * Finds every key and value of a valid TOML document (smol-toml gives values without positions).
 * Reads tables, arrays of tables, dotted and quoted keys, multi-line strings and arrays and inline tables;
 * of a document that is not valid it finds as much as makes sense, and always ends.
 */
export function locate(text: string): Locations {
  const keys = new Map<string, number>();
  const values = new Map<string, number>();
  const tableCounts = new Map<string, number>();
  let at = 0;

  const note = (map: Map<string, number>, path: KeyPath, offset: number): void => {
    const name = encode(path);
    if (!map.has(name)) map.set(name, offset);
  };

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

  const readPair = (table: KeyPath): void => {
    let path: KeyPath = table;
    for (const { key, offset } of readKey()) {
      path = [...path, key];
      note(keys, path, offset);
    }
    if (text[at] !== '=') return;
    at++;
    skipSpace(false);
    readValue(path);
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

  const readValue = (path: KeyPath): void => {
    note(values, path, at);
    const char = text[at];
    if (char === '"' || char === "'") {
      skipString();
    } else if (char === '[') {
      readList(']', (index) => {
        const element = [...path, index];
        note(keys, element, at);
        readValue(element);
      });
    } else if (char === '{') {
      readList('}', () => readPair(path));
    } else {
      while (at < text.length && !VALUE_END.test(text[at]!)) at++;
    }
  };

  /** Reads `[a.b]` or `[[a.b]]` and returns the path that the pairs below it belong to. */
  const readHeader = (): KeyPath => {
    const isArray = text[at + 1] === '[';
    at += isArray ? 2 : 1;
    const parts = readKey();
    let path: KeyPath = [];
    parts.forEach(({ key, offset }, index) => {
      path = [...path, key];
      note(keys, path, offset);
      note(values, path, offset);
      const count = tableCounts.get(encode(path));
      if (isArray && index === parts.length - 1) {
        tableCounts.set(encode(path), (count ?? 0) + 1);
        path = [...path, count ?? 0];
        note(keys, path, offset);
        note(values, path, offset);
      } else if (count !== undefined) {
        path = [...path, count - 1];
      }
    });
    skipToLineEnd();
    return path;
  };

  let table: KeyPath = [];
  for (skipSpace(true); at < text.length; skipSpace(true)) {
    if (text[at] === '[') {
      table = readHeader();
    } else {
      readPair(table);
      skipToLineEnd();
    }
  }

  const position = (offset: number | undefined): Position | undefined =>
    offset === undefined ? undefined : positionOf(text, offset);
  return {
    key: (path) => position(keys.get(encode(path))),
    value: (path) => position(values.get(encode(path)) ?? keys.get(encode(path))),
    nearest: (path) => {
      for (let length = path.length; length > 0; length--) {
        const offset = keys.get(encode(path.slice(0, length)));
        if (offset !== undefined) return positionOf(text, offset);
      }
      return { line: 1, column: 1 };
    },
  };
}

/** Line and column, from 1, of an offset in a text. */
export function positionOf(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
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
