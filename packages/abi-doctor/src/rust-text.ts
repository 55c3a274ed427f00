/** Rust allows 255 number signs around a raw string. */
const MOST_HASHES = 260;

/**
 * Rust source with spaces in place of comments and of what is in quotes; offsets and lines stay. Enough to look for
 * names: macros, generics and everything else are left as they are.
 */
export function withoutComments(text: string): string {
  const found: string[] = [];
  let kept = 0;
  const blank = (start: number, end: number): void => {
    found.push(text.slice(kept, start), text.slice(start, end).replaceAll(/[^\n\r]/g, ' '));
    kept = end;
  };
  for (let at = 0; at < text.length;) {
    const char = text[at]!;
    if (char === '/' && text[at + 1] === '/') {
      const end = text.indexOf('\n', at);
      const stop = end < 0 ? text.length : end;
      blank(at, stop);
      at = stop;
    } else if (char === '/' && text[at + 1] === '*') {
      const stop = endOfComment(text, at);
      blank(at, stop);
      at = stop;
    } else if (char === '"') {
      // What a raw string begins with was passed as a name and number signs.
      const mayBeRaw = at > 0 && (text[at - 1] === 'r' || text[at - 1] === '#');
      const hashes = mayBeRaw
        ? /(?<![\w])(?:b|c)?r(#*)$/.exec(text.slice(Math.max(0, at - MOST_HASHES), at))?.[1]
        : undefined;
      const stop = hashes === undefined ? endOfString(text, at) : endOfRawString(text, at, hashes);
      blank(at, stop);
      at = stop;
    } else if (char === "'") {
      const literal = /^'(?:\\(?:u\{[^}']*\}|x[0-9a-fA-F]{2}|[\s\S])|[^\\'\n])'/u.exec(text.slice(at, at + 16));
      if (literal !== null) blank(at, at + literal[0].length);
      at += literal?.[0].length ?? 1;
    } else {
      at++;
    }
  }
  found.push(text.slice(kept));
  return found.join('');
}

/** Comments nest in Rust. */
function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith('/*', at)) {
      depth++;
      at++;
    } else if (text.startsWith('*/', at)) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function endOfRawString(text: string, start: number, hashes: string): number {
  const end = text.indexOf(`"${hashes}`, start + 1);
  return end < 0 ? text.length : end + 1 + hashes.length;
}

/** End of the block in braces that begins at or after `start`, in a text without comments. */
export function endOfBlock(text: string, start: number): number {
  let depth = 0;
  for (let at = text.indexOf('{', start); at >= 0 && at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at + 1;
  }
  return text.length;
}
