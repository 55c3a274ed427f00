/** Symbols come from files that may hold anything: back references could otherwise make endless names. */
const MAX_OUTPUT = 4096;
const MAX_DEPTH = 100;

const BASIC_TYPES: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
};

const LEGACY_ESCAPES: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

/**
 * The path that a mangled Rust symbol stands for, without hashes; other names, and those that cannot be read, come back
 * as they are. Both manglings: legacy (`_ZN…17h<hash>E`) and v0 (RFC 2603, `_R…`).
 */
export function demangle(symbol: string): string {
  if (symbol.startsWith('_ZN')) return legacy(symbol) ?? symbol;
  if (/^_R[A-Z]/.test(symbol)) {
    try {
      return new V0(symbol.slice(2)).run();
    } catch (error) {
      if (error instanceof Unreadable) return symbol;
      throw error;
    }
  }
  return symbol;
}

/**
 * The crate that defines what a mangled Rust symbol names: for code of an impl, the crate of the impl; for an instance of
 * something generic, the crate of the generic one. Undefined for other names.
 */
export function crateOf(symbol: string): string | undefined {
  if (!crates.has(symbol)) {
    if (crates.size >= MOST_KNOWN) crates.clear();
    crates.set(symbol, readCrate(symbol));
  }
  return crates.get(symbol);
}

/** Programs of one source share most of their symbols. */
const crates = new Map<string, string | undefined>();
const MOST_KNOWN = 100_000;

function readCrate(symbol: string): string | undefined {
  // The type of a legacy impl may be of another crate; its first path is the best guess that the symbol allows.
  if (symbol.startsWith('_ZN')) return /([A-Za-z_]\w*)::/.exec(legacy(symbol) ?? '')?.[1];
  if (!/^_R[A-Z]/.test(symbol)) return undefined;
  try {
    return new V0(symbol.slice(2)).crate();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

function legacy(symbol: string): string | undefined {
  const parts: string[] = [];
  let at = 3;
  while (symbol[at] !== 'E') {
    const length = /^\d+/.exec(symbol.slice(at))?.[0];
    if (!length) return undefined;
    at += length.length;
    const part = symbol.slice(at, at + Number(length));
    if (part.length < Number(length)) return undefined;
    parts.push(part);
    at += part.length;
  }
  if (!/^h[0-9a-f]{16}$/.test(parts.at(-1) ?? '')) return undefined;
  return parts
    .slice(0, -1)
    .map((part) =>
      part
        .replace(/^_\$/, '$')
        .replaceAll('..', '::')
        .replace(/\$(u([0-9a-f]{1,5})|[A-Z]{1,2})\$/g, (all, name: string, code?: string) =>
          code ? String.fromCodePoint(Number.parseInt(code, 16)) : (LEGACY_ESCAPES[name] ?? all),
        ),
    )
    .join('::');
}

class Unreadable extends Error {}

class V0 {
  private at = 0;
  private depth = 0;
  private lifetimes = 0;
  private produced = 0;
  private firstCrate?: string;

  constructor(private readonly text: string) {}

  run(): string {
    return this.path(true);
  }

  /** The crate at the root of the path. */
  crate(): string | undefined {
    this.path(true);
    return this.firstCrate;
  }

  private fail(): never {
    throw new Unreadable();
  }

  private next(): string {
    return this.text[this.at++] ?? this.fail();
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  /** One level of the grammar; bounds depth and output. */
  private level(read: () => string): string {
    if (++this.depth > MAX_DEPTH) this.fail();
    const result = read();
    this.depth--;
    this.produced += result.length;
    if (this.produced > MAX_OUTPUT * MAX_DEPTH || result.length > MAX_OUTPUT) this.fail();
    return result;
  }

  /** Not exact above 2^53, which only crates' hashes reach. */
  private base62(): number {
    if (this.take('_')) return 0;
    let value = 0;
    for (;;) {
      const char = this.next();
      if (char === '_') return value + 1;
      const digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(char);
      if (digit < 0) this.fail();
      value = value * 62 + digit;
    }
  }

  private optional62(tag: string): number {
    return this.take(tag) ? this.base62() + 1 : 0;
  }

  private backReference(read: () => string): string {
    const start = this.at - 1;
    const target = this.base62();
    if (target >= start) this.fail();
    const resume = this.at;
    this.at = target;
    const result = this.level(read);
    this.at = resume;
    return result;
  }

  private identifier(): { name: string; disambiguator: number } {
    const disambiguator = this.optional62('s');
    const encoded = this.take('u');
    const digits = /^(0|[1-9]\d{0,5})/.exec(this.text.slice(this.at, this.at + 6))?.[0] ?? this.fail();
    this.at += digits.length;
    this.take('_');
    const name = this.text.slice(this.at, this.at + Number(digits));
    if (name.length !== Number(digits)) this.fail();
    this.at += name.length;
    return { name: encoded ? `punycode{${name}}` : name, disambiguator };
  }

  /** @param value whether generic arguments are written as in an expression, `::<…>` */
  private path(value: boolean): string {
    return this.level(() => {
      const tag = this.next();
      switch (tag) {
        case 'C':
          return this.crateName();
        case 'N': {
          const namespace = this.next();
          const outer = this.path(value);
          const { name, disambiguator } = this.identifier();
          if (/[a-z]/.test(namespace)) return name === '' ? outer : `${outer}::${name}`;
          const kind = namespace === 'C' ? 'closure' : namespace === 'S' ? 'shim' : namespace;
          return `${outer}::{${kind}${name === '' ? '' : `:${name}`}#${disambiguator}}`;
        }
        case 'M':
        case 'X': {
          // The path of the impl itself says nothing that its type does not.
          this.optional62('s');
          this.path(false);
          const type = this.type();
          return tag === 'M' ? `<${type}>` : `<${type} as ${this.path(false)}>`;
        }
        case 'Y': {
          // A trait's own method is in the crate of the trait.
          const before = this.firstCrate;
          const type = this.type();
          this.firstCrate = before;
          return `<${type} as ${this.path(false)}>`;
        }
        case 'I': {
          const outer = this.path(value);
          const args = this.list(() => this.genericArgument());
          return `${outer}${value ? '::' : ''}<${args.join(', ')}>`;
        }
        case 'B':
          return this.backReference(() => this.path(value));
        default:
          return this.fail();
      }
    });
  }

  private crateName(): string {
    const { name } = this.identifier();
    this.firstCrate ??= name;
    return name;
  }

  private list(read: () => string): string[] {
    const items: string[] = [];
    while (!this.take('E')) items.push(read());
    return items;
  }

  private genericArgument(): string {
    if (this.take('L')) return this.lifetime();
    if (this.take('K')) return this.constant();
    return this.type();
  }

  private lifetime(): string {
    const index = this.base62();
    if (index === 0) return "'_";
    const depth = this.lifetimes - index;
    if (depth < 0) this.fail();
    return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`;
  }

  /** Reads `for<'a, …>` if it is there; its lifetimes are known while `read` runs. */
  private binder(read: () => string): string {
    const before = this.lifetimes;
    const count = this.optional62('G');
    if (count > 100) this.fail();
    const names = Array.from({ length: count }, () => {
      this.lifetimes++;
      const depth = this.lifetimes - 1;
      return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`;
    });
    const inner = read();
    this.lifetimes = before;
    return names.length > 0 ? `for<${names.join(', ')}> ${inner}` : inner;
  }

  private type(): string {
    return this.level(() => {
      const tag = this.next();
      const basic = BASIC_TYPES[tag];
      if (basic) return basic;
      switch (tag) {
        case 'A': {
          const type = this.type();
          return `[${type}; ${this.constant()}]`;
        }
        case 'S':
          return `[${this.type()}]`;
        case 'T': {
          const types = this.list(() => this.type());
          return `(${types.join(', ')}${types.length === 1 ? ',' : ''})`;
        }
        case 'R':
        case 'Q': {
          const lifetime = this.take('L') ? this.lifetime() : "'_";
          return `&${lifetime === "'_" ? '' : `${lifetime} `}${tag === 'Q' ? 'mut ' : ''}${this.type()}`;
        }
        case 'P':
          return `*const ${this.type()}`;
        case 'O':
          return `*mut ${this.type()}`;
        case 'F':
          return this.binder(() => this.functionType());
        case 'D':
          return this.dynType();
        case 'B':
          return this.backReference(() => this.type());
        default:
          this.at--;
          return this.path(false);
      }
    });
  }

  private functionType(): string {
    const unsafe = this.take('U') ? 'unsafe ' : '';
    let abi = '';
    if (this.take('K')) abi = `extern "${this.take('C') ? 'C' : this.identifier().name.replaceAll('_', '-')}" `;
    const parameters = this.list(() => this.type());
    const result = this.type();
    return `${unsafe}${abi}fn(${parameters.join(', ')})${result === '()' ? '' : ` -> ${result}`}`;
  }

  private dynType(): string {
    const bounds = this.binder(() => this.list(() => this.dynTrait()).join(' + '));
    if (!this.take('L')) this.fail();
    const lifetime = this.lifetime();
    return `dyn ${bounds}${lifetime === "'_" ? '' : ` + ${lifetime}`}`;
  }

  private dynTrait(): string {
    let trait = this.path(false);
    while (this.take('p')) {
      const { name } = this.identifier();
      const binding = `${name} = ${this.type()}`;
      trait = trait.endsWith('>') ? `${trait.slice(0, -1)}, ${binding}>` : `${trait}<${binding}>`;
    }
    return trait;
  }

  private constant(): string {
    return this.level(() => {
      const tag = this.next();
      if (tag === 'p') return '_';
      if (tag === 'B') return this.backReference(() => this.constant());
      if (!'abchijlmnostxy'.includes(tag)) return this.fail();
      const negative = this.take('n');
      const digits = /^[0-9a-f]*_/.exec(this.text.slice(this.at))?.[0] ?? this.fail();
      this.at += digits.length;
      const value = BigInt(`0x${digits.slice(0, -1) || '0'}`);
      if (tag === 'b') return value === 0n ? 'false' : 'true';
      if (tag === 'c') return value <= 0x10ffffn ? `'${String.fromCodePoint(Number(value))}'` : this.fail();
      return `${negative ? '-' : ''}${value}`;
    });
  }
}
