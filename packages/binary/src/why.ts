import { formatTable, UserError, visible } from '@nx-redox/kit';
import { formatSizes } from './compare-sizes';
import type { Elf } from './elf';
import { mapProgram, type ProgramItem, type ProgramMap } from './program-map';

/** Bytes of one name: a function that was compiled several times counts as often as it is there. */
export interface WhyItem {
  name: string;
  crate?: string;
  kind: ProgramItem['kind'];
  size: number;
  copies: number;
  /** Bytes of that name in the other program; undefined if nothing is compared. */
  against?: number;
  /** The content of a constant, if it is text. */
  text?: string;
  /** Names from the entry point to it; undefined if no way was found. */
  path?: string[];
  /** How many others refer to it. */
  referrers: number;
}

export interface WhyReport {
  by: ProgramMap['by'];
  /** Bytes in the file of everything that is loaded. */
  total: number;
  againstTotal?: number;
  /** By crate, the largest first; what no crate is known of is `(none)`. */
  crates: { name: string; size: number; against?: number }[];
  largest: WhyItem[];
  /** What the other program has under no name; constants without a name of their own do not count. */
  only?: { size: number; count: number; largest: WhyItem[] };
}

const NO_CRATE = '(none)';
const PATH_SHOWN = 9;

/**
 * Says what is in a program, by crate and name, and why it is in it.
 *
 * @param against the same program by the other backend
 * @throws {UserError} if one of them has no symbols.
 */
export function whyReport(elf: Elf, { against, top = 15 }: { against?: Elf; top?: number } = {}): WhyReport {
  for (const each of [elf, against]) {
    if (each === undefined || each.hasSymbols) continue;
    throw new UserError('the program was stripped: nothing in it has a name', {
      ...(each.file === undefined ? {} : { file: each.file }),
      advice: 'take the file as it was linked, in the folder debug/ beside stage/',
    });
  }
  const map = mapProgram(elf);
  const other = against && mapProgram(against);
  const sizes = other && sizesByName(other.items);
  const groups = new Map<string, number[]>();
  map.items.forEach((item, index) => {
    if (item.size === 0) return;
    const key = isNamed(item) ? `${item.kind} ${item.name}` : String(index);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  });
  const described = [...groups.values()]
    .map((members) => ({ members, size: members.reduce((sum, index) => sum + map.items[index]!.size, 0) }))
    .sort((a, b) => b.size - a.size);
  const describe = ({ members, size }: (typeof described)[number]) => describeGroup(elf, map, members, size, sizes);
  const alone = described.filter(({ members }) => {
    const item = map.items[members[0]!]!;
    return sizes !== undefined && isNamed(item) && !sizes.has(nameKey(item));
  });
  return {
    by: map.by,
    total: totalOf(map.items),
    ...(other === undefined ? {} : { againstTotal: totalOf(other.items) }),
    crates: cratesOf(map.items, other?.items),
    largest: described.slice(0, top).map(describe),
    ...(sizes === undefined
      ? {}
      : {
          only: {
            size: alone.reduce((sum, { size }) => sum + size, 0),
            count: alone.length,
            largest: alone.slice(0, top).map(describe),
          },
        }),
  };
}

const totalOf = (items: readonly ProgramItem[]) => items.reduce((sum, { size }) => sum + size, 0);

/** Whether a name means the same in another program; constants have numbers for names. */
function isNamed({ symbol }: ProgramItem): boolean {
  return symbol !== undefined && !/^(\.L|anon\.|str\.|switch\.table|vtable\.|alloc_)/.test(symbol);
}

const nameKey = ({ kind, name }: ProgramItem) => `${kind} ${name}`;

function sizesByName(items: readonly ProgramItem[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const item of items) sizes.set(nameKey(item), (sizes.get(nameKey(item)) ?? 0) + item.size);
  return sizes;
}

/** Bytes of the file by crate, and those of another program beside them. */
export function cratesOf(items: readonly ProgramItem[], others?: readonly ProgramItem[]): WhyReport['crates'] {
  const sum = (list: readonly ProgramItem[]) => {
    const sizes = new Map<string, number>();
    for (const { crate = NO_CRATE, size } of list) if (size > 0) sizes.set(crate, (sizes.get(crate) ?? 0) + size);
    return sizes;
  };
  const own = sum(items);
  const other = others && sum(others);
  return [...new Set([...own.keys(), ...(other?.keys() ?? [])])]
    .map((name) => ({ name, size: own.get(name) ?? 0, ...(other ? { against: other.get(name) ?? 0 } : {}) }))
    .sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
}

function describeGroup(
  elf: Elf,
  map: ProgramMap,
  members: readonly number[],
  size: number,
  sizes: ReadonlyMap<string, number> | undefined,
): WhyItem {
  const item = map.items[members[0]!]!;
  const path = members.map((index) => map.pathTo(index)).find((found) => found !== undefined);
  const text = item.kind === 'data' ? textOf(elf, item) : undefined;
  return {
    name: item.name,
    ...(item.crate === undefined ? {} : { crate: item.crate }),
    kind: item.kind,
    size,
    copies: members.length,
    ...(sizes === undefined || !isNamed(item) ? {} : { against: sizes.get(nameKey(item)) ?? 0 }),
    ...(text === undefined ? {} : { text }),
    ...(path === undefined ? {} : { path: path.map(({ name }) => name) }),
    referrers: new Set(members.flatMap((index) => map.referrers(index))).size,
  };
}

/** The beginning of a constant that is text. */
function textOf(elf: Elf, { address, size }: ProgramItem): string | undefined {
  const at = elf.fileOffset(address);
  if (at === undefined || size < 8) return undefined;
  const shown = elf.bytes.subarray(at, at + Math.min(size, 40));
  return shown.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a)
    ? Buffer.from(shown).toString('latin1')
    : undefined;
}

/**
 * Puts the reports of several programs, made without a limit, into one: what is in several of them counts together, and ways
 * begin with the program's name.
 */
export function joinWhy(programs: readonly { name: string; report: WhyReport }[], top: number): WhyReport {
  const total = (of: (report: WhyReport) => number | undefined) =>
    programs.reduce((sum, { report }) => sum + (of(report) ?? 0), 0);
  const crates = new Map<string, WhyReport['crates'][number]>();
  for (const { name, size, against } of programs.flatMap(({ report }) => report.crates)) {
    const known = crates.get(name) ?? { name, size: 0, against: 0 };
    crates.set(name, { name, size: known.size + size, against: (known.against ?? 0) + (against ?? 0) });
  }
  const join = (of: (report: WhyReport) => readonly WhyItem[]): WhyItem[] => {
    const items = new Map<string, WhyItem>();
    for (const { name, report } of programs) {
      for (const item of of(report)) {
        // Without a counterpart a name is no name: constants have numbers.
        const key = item.against === undefined ? `${name} ${items.size}` : `${item.kind} ${item.name}`;
        const known = items.get(key);
        items.set(key, known ? addItem(known, item) : inProgram(item, name));
      }
    }
    return [...items.values()].sort((a, b) => b.size - a.size);
  };
  const only = join((report) => report.only?.largest ?? []);
  return {
    by: programs.every(({ report }) => report.by === 'relocations') ? 'relocations' : 'code',
    total: total(({ total: own }) => own),
    againstTotal: total(({ againstTotal }) => againstTotal),
    crates: [...crates.values()].sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1)),
    largest: join(({ largest }) => largest).slice(0, top),
    only: { size: total((report) => report.only?.size), count: only.length, largest: only.slice(0, top) },
  };
}

const inProgram = (item: WhyItem, name: string): WhyItem => ({
  ...item,
  ...(item.path === undefined ? {} : { path: [`${name}: ${item.path[0]}`, ...item.path.slice(1)] }),
});

const addItem = (known: WhyItem, item: WhyItem): WhyItem => ({
  ...known,
  size: known.size + item.size,
  copies: known.copies + item.copies,
  referrers: known.referrers + item.referrers,
  against: (known.against ?? 0) + (item.against ?? 0),
});

/** The report as text. */
export function formatWhy(report: WhyReport, labels: { own: string; against?: string }): string {
  const { crates, largest, only, total, againstTotal } = report;
  const titles = { name: 'crate', size: labels.own, ...(labels.against ? { against: labels.against } : {}) };
  const parts = [
    formatSizes([...crates, { name: 'all that is loaded', size: total, against: againstTotal }], titles, {
      size: total,
      against: againstTotal,
    }),
    formatItems(`largest functions and data, found by ${report.by}`, largest, labels),
  ];
  if (only) {
    const head = `only in ${labels.own}: ${only.size} bytes of ${only.count} functions and data`;
    parts.push(formatItems(head, only.largest, labels));
  }
  return parts.join('\n');
}

function formatItems(title: string, items: readonly WhyItem[], { own, against }: { own: string; against?: string }) {
  const lines = items.flatMap((item) => [
    [
      String(item.size),
      ...(against === undefined ? [] : [item.against === undefined ? '' : String(item.against)]),
      item.copies > 1 ? `${item.copies}x` : '',
      `${visible(item.name)}${item.text === undefined ? '' : ` ${JSON.stringify(item.text)}`}${item.crate === undefined ? '' : ` (${visible(item.crate)})`}`,
    ],
    [...(against === undefined ? ['', ''] : ['', '', '']), `  ${formatPath(item)}`],
  ]);
  return `${title}\n${formatTable([[own, ...(against === undefined ? [] : [against]), '', 'name'], ...lines])}`;
}

function formatPath({ path, referrers }: WhyItem): string {
  const others = referrers > 1 ? `; ${referrers} refer to it` : '';
  if (path === undefined) return `no way from the entry point was found${others}`;
  const names = path.map((name) => visible(short(name)));
  const shown =
    names.length <= PATH_SHOWN ? names : [...names.slice(0, 4), `… ${names.length - 8} more`, ...names.slice(-4)];
  return `${shown.join(' > ')}${others}`;
}

const short = (name: string) => (name.length <= 60 ? name : `${name.slice(0, 57)}…`);
