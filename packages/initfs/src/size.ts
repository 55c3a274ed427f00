import {
  addBreakdown,
  emptyBreakdown,
  FormatError,
  isElf,
  parseElf,
  type SizeBreakdown,
  sizeBreakdown,
} from '@nx-redox/binary';
import { type InitfsImage, placeOf, type RangeKind } from './read';
import { contentSize, walk } from './tree';

export interface FileSize {
  path: string;
  /** Bytes in the image, or undefined if the file is not in it. */
  size?: number;
  /** Bytes in the image that it is compared with. */
  against?: number;
}

export interface SizeReport {
  /** Every file by size, the largest first; the bootstrap has the path "(bootstrap)". */
  files: FileSize[];
  /** Bytes of the image by what they are for; equal contents that are stored once count once. */
  parts: { part: RangeKind | 'padding'; size: number }[];
  /** What the bytes of all ELF files are for; a program that is stored once counts once. */
  sections: SizeBreakdown;
  againstSections?: SizeBreakdown;
  /** Size of the image in bytes. */
  total: number;
  againstTotal?: number;
}

/** Where the bytes of an image go, and how that differs from another image: the same system by the other backend. */
export function sizeReport(image: InitfsImage, against?: InitfsImage): SizeReport {
  const own = sizesOf(image);
  const other = against ? sizesOf(against) : new Map<string, number>();
  const files = [...new Set([...own.keys(), ...other.keys()])].map((path) => ({
    path,
    size: own.get(path),
    against: other.get(path),
  }));
  const weight = (file: FileSize) => Math.max(file.size ?? 0, file.against ?? 0);
  return {
    files: files.sort((a, b) => weight(b) - weight(a) || (a.path < b.path ? -1 : 1)),
    parts: partsOf(image),
    sections: sectionsOf(image),
    againstSections: against && sectionsOf(against),
    total: image.fileSize,
    againstTotal: against?.fileSize,
  };
}

function sizesOf(image: InitfsImage): Map<string, number> {
  const sizes = new Map<string, number>();
  if (image.bootstrap) sizes.set('(bootstrap)', image.bootstrap.bytes.length);
  for (const { path, node } of walk(image.root)) if (node.kind === 'file') sizes.set(path, contentSize(node.content));
  return sizes;
}

function partsOf(image: InitfsImage): SizeReport['parts'] {
  const seen = new Set<string>();
  const sizes = new Map<RangeKind, number>();
  let used = 0;
  for (const { kind, offset, size } of image.ranges) {
    const key = `${offset}:${size}`;
    if (seen.has(key)) continue;
    seen.add(key);
    sizes.set(kind, (sizes.get(kind) ?? 0) + size);
    used += size;
  }
  const parts = [...sizes].map(([part, size]) => ({ part, size }));
  return [...parts, { part: 'padding' as const, size: Math.max(0, image.fileSize - used) }].sort(
    (a, b) => b.size - a.size,
  );
}

function sectionsOf(image: InitfsImage): SizeBreakdown {
  const total = emptyBreakdown();
  const seen = new Set<string>();
  // Only contents that overlap, which no image should have, are more than the image.
  let budget = image.fileSize;
  const add = (bytes: Uint8Array) => {
    const place = placeOf(bytes);
    if (!isElf(bytes) || seen.has(place) || budget < bytes.length) return;
    seen.add(place);
    budget -= bytes.length;
    try {
      addBreakdown(total, sizeBreakdown(parseElf(bytes)));
    } catch (error) {
      // A damaged program is verify's business; here it counts as what it is, bytes.
      if (!(error instanceof FormatError)) throw error;
      total.other += bytes.length;
      total.file += bytes.length;
    }
  };
  if (image.bootstrap) add(image.bootstrap.bytes);
  for (const { node } of walk(image.root)) if (node.kind === 'file' && 'bytes' in node.content) add(node.content.bytes);
  return total;
}
