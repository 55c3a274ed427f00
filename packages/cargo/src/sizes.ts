import {
  addBreakdown,
  emptyBreakdown,
  formatBreakdown,
  formatSizes,
  type SizeBreakdown,
  sizeBreakdown,
} from '@nx-redox/binary';
import type { BuiltFile } from './built-stage';

export interface StageSizes {
  /** Bytes of each file, by its path in the stage. */
  files: Record<string, number>;
  /** What the bytes of all programs are for. */
  programs: SizeBreakdown;
  /** Bytes of all files. */
  total: number;
}

/** How large the files of a stage are. */
export function stageSizes(built: readonly BuiltFile[]): StageSizes {
  const sizes: StageSizes = { files: {}, programs: emptyBreakdown(), total: 0 };
  for (const { path, size, program } of built) {
    sizes.files[path] = size;
    sizes.total += size;
    if (program !== undefined) addBreakdown(sizes.programs, sizeBreakdown(program.staged));
  }
  return sizes;
}

/** A table of one stage, or of the stages of both backends side by side. */
export function formatStageSizes(first: StageSizes, second: StageSizes | undefined, labels: readonly string[]): string {
  const titles = { name: 'file', size: labels[0] ?? '', against: second && labels[1] };
  const paths = [...new Set([...Object.keys(first.files), ...Object.keys(second?.files ?? {})])].sort();
  const rows = paths.map((name) => ({ name, size: first.files[name], against: second?.files[name] }));
  const total = { name: 'total', size: first.total, against: second?.total };
  return [
    formatSizes(rows.length > 1 ? [...rows, total] : rows, titles),
    formatBreakdown(first.programs, second?.programs, { ...titles, name: 'of all programs' }),
  ].join('\n');
}
