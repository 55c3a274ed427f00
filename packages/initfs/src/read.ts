import { posix } from 'node:path';
import { ByteReader, FormatError, isElf, parseElf } from '@nx-redox/binary';
import { readNamedFile } from '@nx-redox/kit';
import { elfFileSize } from './bootstrap';
import {
  BOOTSTRAP_OFFSET,
  decodeHeader,
  decodeInode,
  DIR_ENTRY_SIZE,
  type Header,
  type Inode,
  INITFS_FORMATS,
  type InitfsFormat,
  MAGIC,
  NO_BOOTSTRAP,
  PAGE_SIZE,
  traitsOf,
} from './format';
import { emptyDir, type DirNode, type InitfsTree, MAX_TARGET_BYTES, nameProblem, type TreeNode } from './tree';

/** Something in an image that its readers would stumble over. */
export interface Problem {
  /** Stable name, for scripts. */
  code: string;
  message: string;
  /** Path in the image. */
  path?: string;
  /** An error stops or breaks the boot; a warning may. */
  severity: 'error' | 'warning';
}

export type RangeKind = 'header' | 'bootstrap' | 'inodes' | 'dir' | 'file' | 'link' | 'name';

/** A part of the image and what it is. */
export interface ImageRange {
  kind: RangeKind;
  offset: number;
  size: number;
  path: string;
}

export interface InitfsImage extends InitfsTree {
  format: InitfsFormat;
  /** Other formats whose rules the image also keeps. */
  alternatives: InitfsFormat[];
  header: Header;
  /** Size of the file, in bytes; `header.size` is what the image says of itself. */
  fileSize: number;
  /** Inode number of each node. */
  inodes: Map<TreeNode, number>;
  /** Every part of the image that is in use. */
  ranges: ImageRange[];
}

export interface InspectedImage {
  image: InitfsImage;
  problems: Problem[];
}

// Deeper trees than this are no file systems but traps; Redox's paths end at 4096 bytes.
const MAX_DEPTH = 512;
const MAX_DIR_PATH = 4096;
const MAX_PROBLEMS = 100;
// Names may be shared, so their total may exceed the image; this bounds what a hostile image makes us decode.
const NAME_FACTOR = 16;
const NAME_FLOOR = 1 << 20;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads an initfs image from memory or from a file. The file contents in the result are windows into the image.
 *
 * @throws {FormatError} if it is no initfs image, or if any part of it is damaged.
 */
export async function readInitfs(source: Uint8Array | string, format?: InitfsFormat): Promise<InitfsImage> {
  const file = typeof source === 'string' ? source : undefined;
  const { image, problems } = inspectInitfs(typeof source === 'string' ? await readNamedFile(source) : source, {
    file,
    format,
  });
  const first = problems[0];
  if (first) {
    const more = problems.length > 1 ? `; ${problems.length - 1} more problems` : '';
    throw new FormatError(`damaged initfs image: ${first.path ? `/${first.path}: ` : ''}${first.message}${more}`, 0, {
      file,
      advice: 'redox-initfs verify shows all that is wrong with it',
    });
  }
  return image;
}

/**
 * Reads as much of an image as is readable and lists what is wrong with the rest. The format is told from the header's
 * own consistency; of several that fit, the one with the fewest problems is taken.
 *
 * @throws {FormatError} if the bytes are no initfs image of any format.
 */
export function inspectInitfs(
  bytes: Uint8Array,
  options: { file?: string; format?: InitfsFormat } = {},
): InspectedImage {
  const { file, format } = options;
  if (bytes.length < MAGIC.length || Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) !== 0) {
    throw new FormatError('not an initfs image: it does not begin with "RedoxFtw"', 0, { file });
  }
  const candidates = format ? [format] : INITFS_FORMATS.filter((candidate) => headerFits(bytes, candidate));
  const read = candidates.map((candidate) => new ImageReader(bytes, candidate, file).read());
  read.sort((a, b) => a.problems.length - b.problems.length || (a.image.format < b.image.format ? 1 : -1));
  const best = read[0];
  if (!best) {
    throw new FormatError('an initfs header that fits none of the formats A, B, C and D', 8, {
      file,
      advice: 'the file is damaged, or of a format that is newer than this reader',
    });
  }
  best.image.alternatives = read
    .slice(1)
    .filter((other) => other.problems.length === 0)
    .map((other) => other.image.format);
  return best;
}

/** Where a content of an image lies: contents that are stored once have one place. */
export function placeOf(content: Uint8Array): string {
  return `${content.byteOffset}:${content.length}`;
}

/** Whether the header's own fields make sense in a format. */
function headerFits(bytes: Uint8Array, format: InitfsFormat): boolean {
  if (bytes.length < traitsOf(format).headerSize) return false;
  const header = decodeHeaderSafely(bytes, format);
  if (!header || header.inodeCount === 0 || header.inodeTableOffset < traitsOf(format).headerSize) return false;
  if (header.rootInode >= header.inodeCount || header.size < header.inodeTableOffset) return false;
  if (format === 'A') {
    // The formats after A have their page size where A's header has ended.
    return bytes.length < 44 || (bytes[0x2a] as number) + 256 * (bytes[0x2b] as number) !== PAGE_SIZE;
  }
  return header.pageSize === PAGE_SIZE;
}

function decodeHeaderSafely(bytes: Uint8Array, format: InitfsFormat): Header | undefined {
  try {
    return decodeHeader(bytes, format);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

class ImageReader {
  private readonly problems: Problem[] = [];
  private readonly reader: ByteReader;
  private readonly header: Header;
  private readonly ranges: ImageRange[] = [];
  private readonly inodes = new Map<TreeNode, number>();
  private readonly visitedDirs = new Set<number>();
  /** Bytes of directory tables and of names that may still be read. */
  private dirBudget: number;
  private nameBudget: number;
  private readonly limit: number;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly format: InitfsFormat,
    file?: string,
  ) {
    this.reader = new ByteReader(bytes, true, file);
    this.header = decodeHeader(bytes, format, file);
    this.limit = Math.min(bytes.length, this.header.size);
    this.dirBudget = bytes.length;
    this.nameBudget = bytes.length * NAME_FACTOR + NAME_FLOOR;
  }

  read(): InspectedImage {
    const { header, format, bytes } = this;
    const traits = traitsOf(format);
    this.ranges.push({ kind: 'header', offset: 0, size: traits.headerSize, path: '' });
    if (header.size > bytes.length) {
      this.problem(
        'cut-off',
        `the image says it has ${header.size} bytes, the file ends after ${bytes.length}: it is cut off`,
      );
    }
    if (format !== 'A' && header.pageSize !== PAGE_SIZE) {
      this.problem('page-size', `the page size is ${header.pageSize}; the bootstrap accepts only ${PAGE_SIZE}`);
    }
    const bootstrap = this.readBootstrap();
    let root = emptyDir();
    const tableSize = header.inodeCount * traits.inodeSize;
    if (header.inodeTableOffset < traits.headerSize) {
      this.problem('inode-table', `the inode table begins at ${header.inodeTableOffset}, inside the header`);
    } else if (header.inodeTableOffset + tableSize > this.limit) {
      this.problem(
        'inode-table',
        `the table of ${header.inodeCount} inodes at ${header.inodeTableOffset} ends outside the image`,
      );
    } else if (header.rootInode >= header.inodeCount) {
      this.problem('root', `the root is inode ${header.rootInode} of ${header.inodeCount}`);
    } else {
      this.ranges.push({ kind: 'inodes', offset: header.inodeTableOffset, size: tableSize, path: '' });
      const node = this.readNode(header.rootInode, '', 0);
      if (node?.kind === 'dir') root = node;
      else if (node) this.problem('root', `the root (inode ${header.rootInode}) is a ${node.kind}, not a directory`);
    }
    const image: InitfsImage = {
      format,
      alternatives: [],
      header,
      fileSize: bytes.length,
      root,
      bootstrap,
      inodes: this.inodes,
      ranges: this.ranges,
    };
    return { image, problems: this.problems };
  }

  private problem(code: string, message: string, path?: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ code, message, path, severity: 'error' });
  }

  private readBootstrap(): InitfsTree['bootstrap'] {
    const entry = this.header.bootstrapEntry;
    if (entry === NO_BOOTSTRAP || !isElf(this.bytes.subarray(BOOTSTRAP_OFFSET))) return undefined;
    try {
      const rest = this.bytes.subarray(BOOTSTRAP_OFFSET, Math.max(this.limit, BOOTSTRAP_OFFSET));
      const size = elfFileSize(parseElf(rest));
      if (size > rest.length) {
        this.problem(
          'bootstrap',
          `the bootstrap's ELF file has ${size} bytes, the image ends after ${rest.length} of them`,
        );
      }
      const bytes = rest.subarray(0, size);
      this.ranges.push({ kind: 'bootstrap', offset: BOOTSTRAP_OFFSET, size: bytes.length, path: '' });
      return { bytes, entry };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.problem('bootstrap', `the bootstrap's ELF file is damaged: ${error.message}`);
      return undefined;
    }
  }

  /** Reads an inode and what it stands for; undefined if that is impossible. */
  private readNode(index: number, path: string, depth: number): TreeNode | undefined {
    const traits = traitsOf(this.format);
    const inode = decodeInode(this.reader, this.header.inodeTableOffset + index * traits.inodeSize, this.format);
    if (inode.type === undefined) {
      this.problem('type', `inode ${index} has the unknown type 0x${inode.rawType.toString(16)}`, path);
      return undefined;
    }
    if (inode.offset + inode.length > this.limit) {
      this.problem('bounds', `its ${inode.length} bytes at ${inode.offset} lie outside the image`, path);
      return undefined;
    }
    const node = this.contentOf(inode, index, inode.type, path, depth);
    if (node) {
      this.inodes.set(node, index);
      const kind = node.kind;
      if (inode.length > 0) this.ranges.push({ kind, offset: inode.offset, size: inode.length, path });
    }
    return node;
  }

  private contentOf(
    inode: Inode,
    index: number,
    type: NonNullable<Inode['type']>,
    path: string,
    depth: number,
  ): TreeNode | undefined {
    const data = this.bytes.subarray(inode.offset, inode.offset + inode.length);
    if (type === 'dir') return this.readDir(inode, index, path, depth);
    if (type === 'link' && inode.length > MAX_TARGET_BYTES) {
      this.problem(
        'link',
        `it is a link with a target of ${inode.length} bytes; a path has at most ${MAX_TARGET_BYTES}`,
        path,
      );
      return undefined;
    }
    if (type === 'link') {
      const text = this.text(data, `the link's target`, path);
      return text === undefined ? undefined : { kind: 'link', target: this.linkTarget(text, path) };
    }
    if (traitsOf(this.format).paged && inode.length > 0 && inode.offset % PAGE_SIZE !== 0) {
      this.problem('alignment', `its data begins at ${inode.offset}, not on a page: it cannot be mapped`, path);
    }
    return { kind: 'file', executable: type === 'executable', content: { bytes: data } };
  }

  /** The target relative to the link's directory, which is how it is kept whatever the format. */
  private linkTarget(text: string, path: string): string {
    if (!traitsOf(this.format).linksFromRoot || text.startsWith('/')) return text;
    const directory = path.slice(0, path.lastIndexOf('/') + 1);
    if (text.startsWith(directory)) return text.slice(directory.length) || '.';
    return posix.relative(`/${directory}`, `/${text}`) || '.';
  }

  private readDir(inode: Inode, index: number, path: string, depth: number): DirNode | undefined {
    const dir = emptyDir();
    if (this.visitedDirs.has(index)) {
      this.problem('directory-twice', `directory inode ${index} is in the tree twice`, path);
      return undefined;
    }
    this.visitedDirs.add(index);
    if (depth >= MAX_DEPTH) {
      this.problem('depth', `directories are nested deeper than ${MAX_DEPTH}`, path);
      return dir;
    }
    if (path.length > MAX_DIR_PATH) {
      this.problem('depth', `a directory's path has more than ${MAX_DIR_PATH} characters`, `${path.slice(0, 80)}…`);
      return dir;
    }
    if (inode.length % DIR_ENTRY_SIZE !== 0) {
      this.problem(
        'directory-size',
        `its table has ${inode.length} bytes, which is no multiple of ${DIR_ENTRY_SIZE}`,
        path,
      );
    }
    this.dirBudget -= inode.length;
    if (this.dirBudget < 0) {
      this.problem('overlap', 'directory tables share their bytes', path);
      return dir;
    }
    for (let at = inode.offset; at + DIR_ENTRY_SIZE <= inode.offset + inode.length; at += DIR_ENTRY_SIZE) {
      this.readEntry(dir, at, path, depth);
    }
    return dir;
  }

  private readEntry(dir: DirNode, at: number, dirPath: string, depth: number): void {
    const child = this.reader.u16(at);
    const nameLength = this.reader.u16(at + 2);
    const nameOffset = this.reader.u32(at + 4);
    if (nameOffset + nameLength > this.limit) {
      this.problem(
        'bounds',
        `the name of the entry at ${at} (${nameLength} bytes at ${nameOffset}) lies outside the image`,
        dirPath,
      );
      return;
    }
    const name = this.text(
      this.bytes.subarray(nameOffset, nameOffset + nameLength),
      `the name of the entry at ${at}`,
      dirPath,
    );
    if (name === undefined) return;
    const wrong = nameProblem(name);
    if (wrong) {
      this.problem('name', `the name of the entry at ${at} ${wrong}`, dirPath);
      return;
    }
    const path = dirPath === '' ? name : `${dirPath}/${name}`;
    if (dir.entries.has(name)) {
      this.problem('name-twice', `"${name}" is in its directory twice`, path);
      return;
    }
    this.ranges.push({ kind: 'name', offset: nameOffset, size: nameLength, path });
    if (child >= this.header.inodeCount) {
      this.problem('inode', `it names inode ${child} of ${this.header.inodeCount}`, path);
      return;
    }
    const node = this.readNode(child, path, depth + 1);
    if (node) dir.entries.set(name, node);
  }

  /** UTF-8 as Redox's paths are; anything else cannot be opened there. */
  private text(bytes: Uint8Array, what: string, path: string): string | undefined {
    this.nameBudget -= bytes.length;
    if (this.nameBudget < 0) {
      this.problem('overlap', 'names and link targets share too many of their bytes', path);
      return undefined;
    }
    try {
      return UTF8.decode(bytes);
    } catch {
      this.problem('utf8', `${what} is not UTF-8`, path);
      return undefined;
    }
  }
}
