import { visible } from '@nx-redox/kit';
import { formatBreakdown, formatSizes, type SizeTitles } from '@nx-redox/binary';
import { NO_BOOTSTRAP } from './format';
import type { InitfsImage, InspectedImage } from './read';
import { type SizeReport, sizeReport } from './size';
import { contentSize, type TreeNode, walk } from './tree';

/** One line of a list. */
export interface ListedEntry {
  path: string;
  kind: 'dir' | 'file' | 'executable' | 'link';
  inode?: number;
  /** As `ls` writes it. */
  mode: string;
  /** Bytes of a file's content. */
  size: number;
  /** Target of a link. */
  target?: string;
}

/** Modes as the initfs scheme reports them (formats C and D; A and B have the host's). */
function modeOf(node: TreeNode): string {
  if (node.kind === 'dir') return 'dr-xr-xr-x';
  if (node.kind === 'link') return 'lrwxrwxrwx';
  return node.executable ? '-r-xr-xr-x' : '-r--r--r--';
}

/** Everything that is in an image. */
export function listImage(image: InitfsImage): ListedEntry[] {
  return [...walk(image.root)].map(({ path, node }) => ({
    path,
    kind: node.kind === 'file' && node.executable ? 'executable' : node.kind,
    inode: image.inodes.get(node),
    mode: modeOf(node),
    size: node.kind === 'file' ? contentSize(node.content) : 0,
    target: node.kind === 'link' ? node.target : undefined,
  }));
}

/** A list as `tar tv` shows it. */
export function formatList(entries: readonly ListedEntry[]): string {
  const width = entries.reduce((most, { size }) => Math.max(most, String(size).length), 1);
  return entries
    .map(({ mode, size, path, kind, target }) => {
      const name = target === undefined ? `${path}${kind === 'dir' ? '/' : ''}` : `${path} -> ${target}`;
      return `${mode} ${String(size).padStart(width)} ${visible(name)}\n`;
    })
    .join('');
}

/** What `info` says of an image, for scripts. */
export function imageFacts(file: string, { image, problems }: InspectedImage) {
  const { format, alternatives, header, fileSize } = image;
  return { file, format, alternatives, header, fileSize, parts: sizeReport(image).parts, problems };
}

/** Format, header and parts of an image. */
export function formatInfo(file: string, { image }: InspectedImage): string {
  const { format, alternatives, header, fileSize } = image;
  const also = alternatives.length > 0 ? ` (the rules of format ${alternatives.join(' and ')} are kept, too)` : '';
  const entry = header.bootstrapEntry === NO_BOOTSTRAP ? 'none' : `0x${header.bootstrapEntry.toString(16)}`;
  const rows = [
    ['format', format + also],
    ['size', `${header.size} bytes${fileSize === header.size ? '' : `; the file has ${fileSize}`}`],
    ['page size', header.pageSize === undefined ? 'not said' : String(header.pageSize)],
    ['inodes', `${header.inodeCount} at 0x${header.inodeTableOffset.toString(16)}, root ${header.rootInode}`],
    ['bootstrap', image.bootstrap ? `entry ${entry}, ${image.bootstrap.bytes.length} bytes` : `entry ${entry}`],
    ...(header.time === undefined ? [] : [['time', `${header.time} s since 1970`]]),
  ];
  const lines = rows.map(([name = '', value]) => `  ${name.padEnd(10)} ${value}\n`).join('');
  return `${file}\n${lines}\n${formatParts(sizeReport(image), { name: 'part', size: 'bytes' })}`;
}

function formatParts({ parts, total }: SizeReport, titles: SizeTitles): string {
  const rows = parts.map(({ part, size }) => ({ name: part, size }));
  return formatSizes(rows, titles, { size: total });
}

/**
 * Each file, what the bytes of all programs are for, and the parts of the image.
 *
 * @param titles of the first table; with `against`, another image stands beside this one
 */
export function formatSizeReport(report: SizeReport, titles: SizeTitles): string {
  const { files, sections, againstSections, total, againstTotal } = report;
  const rows = [...files, { path: 'image', size: total, against: againstTotal }];
  return [
    formatSizes(
      rows.map(({ path, size, against }) => ({ name: path, size, against })),
      titles,
    ),
    formatBreakdown(sections, againstSections, { ...titles, name: 'of all programs' }),
    formatParts(report, { name: 'of the image', size: titles.size }),
  ].join('\n');
}
