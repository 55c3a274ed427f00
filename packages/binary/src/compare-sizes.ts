import { formatTable } from '@nx-redox/kit';
import type { SizeBreakdown } from './size';

/** Sizes in bytes of one thing in two places; undefined where it is not. */
export interface SizeRow {
  name: string;
  size?: number;
  against?: number;
}

export interface SizeTitles {
  /** Above the names. */
  name: string;
  size: string;
  /** Without it nothing is compared. */
  against?: string;
}

/** What `10` and `7` differ by, with a sign. */
export function formatChange(before: number | undefined, after: number | undefined): string {
  const difference = (after ?? 0) - (before ?? 0);
  return difference > 0 ? `+${difference}` : String(difference);
}

function percent(part: number, whole: number | undefined): string {
  return whole === undefined || whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)}%`;
}

/**
 * A table of sizes, side by side if there are two.
 *
 * @param whole what the rows are shares of; without it there are no shares
 */
export function formatSizes(
  rows: readonly SizeRow[],
  titles: SizeTitles,
  whole?: { size?: number; against?: number },
): string {
  const compared = titles.against !== undefined;
  const column = (value: number | undefined, of: number | undefined) => [
    value === undefined ? '' : String(value),
    ...(whole === undefined ? [] : [value === undefined ? '' : percent(value, of)]),
  ];
  const title = (text: string) => (whole === undefined ? [text] : [text, 'share']);
  const lines = rows.map(({ name, size, against }) => {
    const ratio = size === undefined || !against ? '' : `${(size / against).toFixed(2)}x`;
    return [
      ...column(size, whole?.size),
      ...(compared ? [...column(against, whole?.against), formatChange(against, size), ratio] : []),
      name,
    ];
  });
  const head = [
    ...title(titles.size),
    ...(compared ? [...title(titles.against ?? ''), 'change', 'ratio'] : []),
    titles.name,
  ];
  return formatTable([head, ...lines]);
}

const PARTS = ['code', 'constants', 'data', 'debug', 'symbols', 'other'] as const;

/** What the bytes of programs are for, with the share of each part, and the memory that begins as zeros. */
export function formatBreakdown(
  size: SizeBreakdown | undefined,
  against: SizeBreakdown | undefined,
  titles: SizeTitles,
): string {
  const rows = PARTS.map((name) => ({ name, size: size?.[name], against: against?.[name] }));
  const zeros =
    size?.zeros || against?.zeros
      ? `zeros in memory only: ${show(size)}${against ? ` and ${show(against)}` : ''}\n`
      : '';
  return formatSizes(rows, titles, { size: size?.file, against: against?.file }) + zeros;
}

const show = (size: SizeBreakdown | undefined) => `${size?.zeros ?? 0} bytes`;
