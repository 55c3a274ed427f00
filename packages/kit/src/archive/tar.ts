/**
 * Reads tar archives as GNU tar does: v7, ustar, GNU's own format and pax, with global records. Kinds of members that
 * are not in the list below come out by name, so that whoever unpacks can refuse them.
 */
export interface TarMember {
  /** Path, as the archive has it. */
  name: string;
  kind: 'file' | 'folder' | 'link' | 'hard-link' | 'other';
  /** What it is, for messages, if `kind` is `other`. */
  what: string;
  /** Target of a link. */
  target: string;
  executable: boolean;
  /** Bytes of its content. */
  size: number;
  /** To be read before the next member is asked for; what is left is skipped. */
  content: AsyncIterable<Buffer>;
}

/** Something in an archive that is damaged or not supported. The message says which member it is in. */
export class TarError extends Error {}

const BLOCK = 512;
/** Names and pax records are held in memory; this is 200 times what a system takes for a path. */
const MAX_RECORDS = 1024 * 1024;

const KINDS: Record<string, TarMember['kind']> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hard-link',
  '2': 'link',
  '5': 'folder',
  '7': 'file',
};
const OTHERS: Record<string, string> = {
  '3': 'character device',
  '4': 'block device',
  '6': 'FIFO',
  S: 'sparse file in the format of GNU tar',
  D: 'folder of an incremental backup',
  M: 'part of a file that goes on in another volume',
  N: 'long name in an outdated format',
  A: 'access list of Solaris',
  I: 'node of a star archive',
};

/** Hands out a stream in the pieces that are asked for. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** At most `size` bytes; undefined at the end. */
  async some(size: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** `size` bytes, or fewer if the stream ends before. */
  async exactly(size: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let missing = size; missing > 0;) {
      const piece = await this.some(missing);
      if (piece === undefined) break;
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  close(): Promise<unknown> | undefined {
    return this.#chunks.return?.();
  }
}

function textOf(field: Buffer, what: string): string {
  const end = field.indexOf(0);
  return decode(end < 0 ? field : field.subarray(0, end), what);
}

function decode(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TarError(`${what} ${JSON.stringify(bytes.toString('latin1'))} is not UTF-8`);
  }
}

/** A number of a header: octal digits, or binary with the first bit set as GNU tar writes large ones. */
function numberOf(field: Buffer, what: string): number {
  if (field[0]! & 0x80) {
    const negative = field[0] === 0xff;
    let value = negative ? -1n : BigInt(field[0]! & 0x7f);
    for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new TarError(`${what} is ${value}`);
    return Number(value);
  }
  const text = field.toString('latin1').replace(/^[ \0]+/, '');
  const [digits = ''] = /^[0-7]*/.exec(text)!;
  if (digits.length < text.length && !/[ \0]/.test(text[digits.length]!)) {
    throw new TarError(`${what} is no number: ${JSON.stringify(text)}`);
  }
  const value = digits === '' ? 0 : parseInt(digits, 8);
  if (!Number.isSafeInteger(value)) throw new TarError(`${what} is ${value}`);
  return value;
}

/** True for a block that begins a member: its checksum fits. Old tars took bytes for signed numbers. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < BLOCK) return false;
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < BLOCK; at++) {
    const byte = at >= 148 && at < 156 ? 32 : block[at]!;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  try {
    const sum = numberOf(block.subarray(148, 156), 'checksum');
    return sum === unsigned || sum === signed;
  } catch {
    return false;
  }
}

const isZero = (block: Buffer) => block.every((byte) => byte === 0);

/** Name of a header without records; ustar has a second field for long ones. */
function nameOf(block: Buffer): string {
  const name = textOf(block.subarray(0, 100), 'the name');
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return name;
  const prefix = textOf(block.subarray(345, 500), 'the name');
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Records of a pax header: `<length> <key>=<value>\n`, the length counting all of it (pax(1)). */
function paxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    // Some writers fill up with zeros.
    if (bytes[at] === 0 && isZero(bytes.subarray(at))) break;
    const [, digits, blank] = /^(\d{1,10})( +)/.exec(bytes.toString('latin1', at, at + 20)) ?? [];
    const end = at + Number(digits);
    const start = at + (digits?.length ?? 0) + (blank?.length ?? 0);
    const equals = bytes.indexOf('=', start);
    if (digits === undefined || end > bytes.length || bytes[end - 1] !== 10 || equals < 0 || equals >= end) {
      throw new TarError('a pax record is damaged');
    }
    const key = decode(bytes.subarray(start, equals), 'the key of a pax record');
    const value = bytes.subarray(equals + 1, end - 1);
    // Other values (times, attributes) may be binary, and nothing here needs them.
    records.set(key, NEEDED.has(key) ? decode(value, `the ${key} in a pax record`) : value.toString('latin1'));
    at = end;
  }
  return records;
}

const NEEDED = new Set(['path', 'linkpath', 'size']);

function paxSize(text: string): number {
  const size = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(size))
    throw new TarError(`a pax record has the size ${JSON.stringify(text)}`);
  return size;
}

/** What the records in force say of a member that a plain reader would take for a file of another content. */
function unsupported(records: ReadonlyMap<string, string>): string | undefined {
  for (const key of records.keys()) {
    if (key.startsWith('GNU.sparse.') || key === 'SCHILY.realsize') return 'sparse file (a pax record says so)';
    if (key === 'GNU.volume.offset' || key === 'GNU.volume.size') return OTHERS['M'];
    if (key === 'GNU.dumpdir') return OTHERS['D'];
  }
  return undefined;
}

/**
 * The members of an archive, in order, up to its end mark or the end of the stream.
 * @throws {TarError} if it is damaged or cut off; what the stream throws.
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarMember> {
  const reader = new ByteReader(source);
  const globals = new Map<string, string>();
  let records = new Map<string, string>();
  let longName: string | undefined;
  let longTarget: string | undefined;
  let last = '';
  const after = () => (last === '' ? '' : ` (after ${JSON.stringify(last)})`);
  try {
    for (;;) {
      const block = await reader.exactly(BLOCK);
      if (block.length === 0 && records.size === 0 && longName === undefined && longTarget === undefined) return;
      if (block.length < BLOCK) throw new TarError(`unexpected end of data${after()}`);
      if (isZero(block)) {
        // What follows the end mark is no part of the archive, but a damaged end of the compressed file still tells.
        while ((await reader.some(Infinity)) !== undefined);
        return;
      }
      if (!isTarHeader(block)) throw new TarError(`a header is damaged: its checksum does not fit${after()}`);
      const flag = String.fromCharCode(block[156]!);
      const headerSize = numberOf(block.subarray(124, 136), `the size of a member${after()}`);

      if (flag === 'x' || flag === 'X' || flag === 'g' || flag === 'L' || flag === 'K') {
        if (headerSize > MAX_RECORDS) throw new TarError(`a header has ${headerSize} bytes${after()}`);
        const padded = headerSize + padding(headerSize);
        const bytes = await reader.exactly(padded);
        if (bytes.length < padded) throw new TarError(`unexpected end of data${after()}`);
        const value = bytes.subarray(0, headerSize);
        if (flag === 'L') longName = textOf(value, 'the name');
        else if (flag === 'K') longTarget = textOf(value, 'the target of a link');
        else if (flag === 'g') for (const [key, text] of paxRecords(value)) globals.set(key, text);
        else records = new Map([...records, ...paxRecords(value)]);
        continue;
      }

      const inForce = new Map([...globals, ...records]);
      const name = inForce.get('path') ?? longName ?? nameOf(block);
      const target = inForce.get('linkpath') ?? longTarget ?? textOf(block.subarray(157, 257), 'the target of a link');
      records = new Map();
      longName = longTarget = undefined;
      last = name;
      // A label of the volume is no member.
      const isLabel = flag === 'V';
      let kind = KINDS[flag] ?? 'other';
      if (kind === 'file' && name.endsWith('/')) kind = 'folder';
      const special = unsupported(inForce);
      const what = special ?? OTHERS[flag] ?? `thing of the unknown type ${JSON.stringify(flag)}`;
      if (special !== undefined) kind = 'other';
      // Old tars wrote the size of the file that a hard link is to; no content follows.
      const paxed = inForce.get('size');
      const size = kind === 'hard-link' ? 0 : paxed === undefined ? headerSize : paxSize(paxed);

      let left = size;
      const content = (async function* () {
        while (left > 0) {
          const piece = await reader.some(left);
          if (piece === undefined) throw new TarError(`unexpected end of data (in ${JSON.stringify(name)})`);
          left -= piece.length;
          yield piece;
        }
      })();
      const executable = (numberOf(block.subarray(100, 108), `the mode of ${JSON.stringify(name)}`) & 0o111) !== 0;
      if (!isLabel) yield { name, kind, what, target, executable, size, content };
      for (let missing = left + padding(size); missing > 0;) {
        const piece = await reader.some(missing);
        if (piece === undefined) throw new TarError(`unexpected end of data (in ${JSON.stringify(name)})`);
        missing -= piece.length;
      }
    }
  } finally {
    await reader.close();
  }
}

/** Bytes that fill the last block. */
const padding = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK;
