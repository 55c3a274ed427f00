/** What a source file says of other files, as far as its text alone tells. */
export interface CodePaths {
  /** String literals that may be paths, and those that `concat!` and `.join` make of them. */
  paths: string[];
  /** `mod name;`: modules in files of their own. */
  modules: string[];
  /** Files that an assembler reads: `.include` and `.incbin`. */
  assembly: string[];
}

interface Literal {
  text: string;
  /** The code between the literal before and this one. */
  before: string;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

/** Longer literals are texts, no paths. */
const LONGEST_PATH = 1024;

/**
 * Looks through Rust code, an assembler's or a linker's for strings that may be paths. Nothing is known of macros:
 * whatever may be a path is one, since a file too many among the inputs of a task costs time and one too few a wrong result.
 */
export function codePaths(text: string): CodePaths {
  const { literals, code } = lex(text);
  const paths = new Set<string>();
  for (const { text: literal, isIncluded } of chainsOf(literals)) {
    for (const path of pathsIn(literal)) if (isIncluded || /[./]/.test(path)) paths.add(path);
  }
  const assembly = [text, ...literals.map(({ text: literal }) => literal)].flatMap((part) =>
    [...part.matchAll(/\.(?:include|incbin)\s+"([^"\n]{1,1024})"/g)].map(([, path]) => path!),
  );
  const modules = [...code.matchAll(/\bmod\s+(?:r#)?([A-Za-z_]\w*)\s*;/g)].map(([, name]) => name!);
  return { paths: [...paths], modules: [...new Set(modules)], assembly: [...new Set(assembly)] };
}

/** Literals, those that `concat!("a", "b")` and `path.join("a").join("b")` put together as one. */
function chainsOf(literals: readonly Literal[]): { text: string; isIncluded: boolean }[] {
  const chains: { text: string; isIncluded: boolean }[] = [];
  let inConcat = false;
  for (const { text, before } of literals) {
    const between = before.trim();
    const last = chains.at(-1);
    inConcat = /concat!\s*[([{][^;]*$/.test(between) || (inConcat && /^\)?\s*,(\s*\w+!\s*\()?$/.test(between));
    if (last !== undefined && inConcat && between === ',') last.text += text;
    else if (last !== undefined && /^\)\s*\.\s*join\s*\($/.test(between)) last.text += `/${text}`;
    else {
      chains.push({ text, isIncluded: /\binclude(?:_str|_bytes)?!\s*[([{]$|\bpath\s*=$/.test(between) });
    }
  }
  return chains;
}

/** Files that a linker script takes in: `INCLUDE memory.x`, and `INPUT` and `GROUP` of files with a folder. */
export function linkerScriptIncludes(text: string): { name: string; start: number; end: number }[] {
  const found: { name: string; start: number; end: number }[] = [];
  // Comments and strings first, so that nothing in them counts.
  const tokens = /\/\*[\s\S]*?(?:\*\/|$)|\bINCLUDE\s+(?:"([^"\n]+)"|([^\s;"{}()]+))|"[^"]*"/g;
  for (const match of text.matchAll(tokens)) {
    const name = match[1] ?? match[2];
    if (name === undefined) continue;
    const start = match.index + match[0].lastIndexOf(name);
    found.push({ name, start, end: start + name.length });
  }
  return found;
}

/** The paths that a literal may stand for: as it is, without what a format string or a command puts before it. */
function pathsIn(literal: string): string[] {
  if (literal.length === 0 || literal.length > LONGEST_PATH || /[\n\0]/.test(literal)) return [];
  // format!("{}/../data/{}.bin", dir, name): from the first hole to the next.
  const filled = literal
    .split(/\{[^{}]*\}|\$CARGO_MANIFEST_DIR|\$\{CARGO_MANIFEST_DIR\}/)
    .filter((part) => part.includes('/'));
  const whole = /[{}$]/.test(literal) ? [] : [literal];
  return [...whole, ...filled].flatMap((path) => {
    // cargo::rerun-if-changed=…, cargo::rustc-link-arg=-T…, -Wl,--script=…
    const value = /^[\w:-]+(?:=[\w-]+)*=(?:-Wl,)?(?:-[TL]\s*|-{1,2}[\w-]+=)?(?:[a-z-]+=)?(.+)$/.exec(path)?.[1];
    const flag = /^-(?:Wl,)?(?:-?T|L|-[\w-]+=)(.+)$/.exec(path)?.[1];
    return [path, value, flag].filter((found): found is string => found !== undefined && found !== '');
  });
}

/** Splits code into string literals and what is left of it without them and without comments. */
function lex(text: string): { literals: Literal[]; code: string } {
  const literals: Literal[] = [];
  // Comments, raw strings, strings, and characters, which may be a quotation mark.
  const tokens = /\/\/[^\n]*|\/\*|\b[bc]?r(#*)"|[bc]?"|b?'(?:\\(?:u\{[^}]*\}|x[0-9a-fA-F]{2}|.)|[^\\'\n])'/g;
  const code: string[] = [];
  let before = '';
  let at = 0;
  const add = (literal: string): void => {
    literals.push({ text: literal, before });
    before = '';
  };
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const plain = text.slice(at, match.index);
    code.push(plain);
    before += plain;
    const [token, hashes] = match;
    let end = tokens.lastIndex;
    if (token === '/*') end = endOfComment(text, end);
    else if (hashes !== undefined) {
      const close = text.indexOf(`"${hashes}`, end);
      const stop = close < 0 ? text.length : close;
      add(text.slice(end, stop));
      end = stop + 1 + hashes.length;
    } else if (token.endsWith('"')) {
      const stop = endOfString(text, end);
      add(unescape(text.slice(end, stop)));
      end = stop + 1;
    }
    at = end;
    tokens.lastIndex = Math.min(end, text.length);
    code.push(' ');
  }
  code.push(text.slice(at));
  return { literals, code: code.join('') };
}

/** Rust's block comments nest. */
function endOfComment(text: string, from: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  let depth = 1;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return text.length;
}

function endOfString(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at, text.length);
}

function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:u\{([0-9a-fA-F_]{1,8})\}|x([0-9a-fA-F]{2})|\r?\n\s*|(.))/g,
    (whole, unicode?: string, hex?: string, plain?: string) => {
      const code = Number.parseInt((unicode ?? hex ?? '').replaceAll('_', ''), 16);
      if (!Number.isNaN(code)) return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      return plain === undefined ? '' : (ESCAPES[plain] ?? plain);
    },
  );
}
