import { PAGE_SIZE, traitsOf } from './format';
import type { ImageRange, InitfsImage, Problem } from './read';

const MAX_REPORTED = 20;

/**
 * Parts of an image that lie on top of each other, or beside file data in the same page. Equal contents, names and
 * texts may be shared; everything else must have its bytes for itself.
 */
export function findOverlaps(image: InitfsImage): Problem[] {
  const problems: Problem[] = [];
  const ranges = [...image.ranges].sort((a, b) => a.offset - b.offset || b.size - a.size);
  // The range that reaches furthest so far: any overlap of a later one begins inside it.
  let furthest: ImageRange | undefined;
  let furthestFile: ImageRange | undefined;
  for (const range of ranges) {
    if (range.size === 0) continue;
    if (furthest && range.offset < end(furthest) && !mayShare(furthest, range)) {
      problems.push({
        code: 'overlap',
        path: range.path,
        message: `${show(range)} lies on ${show(furthest)}${furthest.path ? ` of /${furthest.path}` : ''}`,
        severity: 'error',
      });
    } else if (furthestFile && range.kind !== 'file' && sharesPage(image, furthestFile, range)) {
      problems.push({
        code: 'page-shared',
        path: furthestFile.path,
        message: `${show(range)} is in the last page of its data: programs that map the file see it`,
        severity: 'warning',
      });
    }
    if (!furthest || end(range) > end(furthest)) furthest = range;
    if (range.kind === 'file' && (!furthestFile || end(range) > end(furthestFile))) furthestFile = range;
    if (problems.length >= MAX_REPORTED) break;
  }
  return problems;
}

const end = (range: ImageRange) => range.offset + range.size;
const show = ({ kind, offset, size }: ImageRange) => `${LABELS[kind]} at ${offset}–${offset + size}`;
const LABELS: Readonly<Record<ImageRange['kind'], string>> = {
  header: 'the header',
  bootstrap: 'the bootstrap',
  inodes: 'the inode table',
  dir: 'the directory table',
  file: 'the data',
  link: 'the link target',
  name: 'the name',
};

function mayShare(a: ImageRange, b: ImageRange): boolean {
  const texts = (range: ImageRange) => range.kind === 'name' || range.kind === 'link';
  if (texts(a) && texts(b)) return true;
  return a.kind === 'file' && b.kind === 'file' && a.offset === b.offset && a.size === b.size;
}

function sharesPage(image: InitfsImage, file: ImageRange, other: ImageRange): boolean {
  if (!traitsOf(image.format).paged) return false;
  return other.offset < Math.ceil(end(file) / PAGE_SIZE) * PAGE_SIZE;
}
