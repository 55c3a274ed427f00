import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newestOf, pinsTo, rowOf } from './pins';
import {
  CARRIERS,
  GENERATIONS,
  RAW_CALLERS,
  SCHEME_METHODS,
  SCHEME_OPCODES,
  SYSTEM_CALLS,
  VERSION_RULES,
  type Line,
} from './table';
import { areCompatible, compareVersions, compatibilityOf, isWithin, type Span } from './version';

const CRATES = ['libredox', 'redox-scheme', 'redox_event'] as const;
const linesOf = (crate: (typeof CRATES)[number]): Line[] => GENERATIONS.flatMap((row) => [...row.crates[crate]]);
const spans: [string, Span][] = [
  ...SYSTEM_CALLS.flatMap(({ constant, crate, kernel }): [string, Span][] => [
    [`${constant} in the crate`, crate],
    [`${constant} in the kernel`, kernel],
  ]),
  ...[...SCHEME_OPCODES, ...SCHEME_METHODS].map(({ name, crate }): [string, Span] => [name, crate]),
  ...RAW_CALLERS.map(({ crate, span }): [string, Span] => [crate, span]),
];

const version = fc
  .tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 30 }))
  .map((parts) => parts.join('.'));

/** As Cargo.lock has it. */
const VERSION = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

describe('the table', () => {
  it.each(CRATES)('has every release of %s in one row, in the order of their versions', (crate) => {
    const ends = linesOf(crate).flat();
    for (const end of ends) expect(end).toMatch(VERSION);
    for (const [first, last] of linesOf(crate)) {
      expect(compareVersions(first, last)).toBeLessThanOrEqual(0);
      expect(areCompatible(first, last)).toBe(true);
    }
    for (let index = 2; index < ends.length; index += 2) {
      expect(compareVersions(ends[index - 1]!, ends[index]!)).toBeLessThan(0);
    }
    // A line goes on in the next row only where a patch release changed rows; then nothing lies between.
    for (const row of GENERATIONS) expect(rowOf(crate, newestOf(row, crate)!)).toBe(row);
  });

  it('has rows for one redox_syscall each, from old to new', () => {
    const names = GENERATIONS.map(({ syscall }) => syscall);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(names.toSorted((a, b) => compareVersions(`${a}.0`, `${b}.0`)));
    for (const name of names) expect(compatibilityOf(`${name}.0`)).toBe(name);
  });

  it.each(spans)('says something with the span of %s', (_, { since, until }) => {
    for (const end of [since, until]) if (end !== undefined) expect(end).toMatch(VERSION);
    if (since !== undefined && until !== undefined) expect(compareVersions(since, until)).toBeLessThan(0);
  });

  it('keeps a call in redox_syscall at least as long as a kernel handles it, and says what dropped it', () => {
    for (const { crate, kernel, dropped } of SYSTEM_CALLS) {
      expect(crate.since).toBe(kernel.since);
      expect(dropped !== undefined).toBe(kernel.until !== undefined);
      if (kernel.until === undefined) expect(crate.until).toBeUndefined();
      else expect(compareVersions(kernel.until, crate.until!)).toBeLessThanOrEqual(0);
    }
    for (const key of ['constant', 'number'] as const) {
      expect(new Set(SYSTEM_CALLS.map((call) => call[key])).size).toBe(SYSTEM_CALLS.length);
    }
  });

  it('knows the calls that crates make, and never by two entries', () => {
    fc.assert(
      fc.property(version, (at) => {
        for (const crate of Object.keys(CARRIERS)) {
          const entries = RAW_CALLERS.filter((entry) => entry.crate === crate && isWithin(at, entry.span));
          expect(entries.length).toBeLessThanOrEqual(1);
        }
      }),
    );
    const known = SYSTEM_CALLS.map(({ constant }) => constant);
    for (const { calls } of RAW_CALLERS) expect(known).toEqual(expect.arrayContaining([...calls]));
  });

  it('puts no version into two rows', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CRATES), version, (crate, at) => {
        const rows = GENERATIONS.filter((row) =>
          row.crates[crate].some(([first, last]) => compareVersions(first, at) <= 0 && compareVersions(at, last) <= 0),
        );
        expect(rows.length).toBeLessThanOrEqual(1);
        expect(rowOf(crate, at)).toBe(rows[0]);
      }),
    );
  });

  it('pins only to releases of the wanted row that a requirement for the present one allows', () => {
    const source = 'registry+https://example.org';
    fc.assert(
      fc.property(fc.constantFrom(...CRATES), version, fc.constantFrom(...GENERATIONS), (name, from, row) => {
        const lock = { packages: [{ name, version: from, source, dependencies: [] }] };
        for (const { to } of pinsTo(lock, [0], row) ?? []) {
          expect(areCompatible(from, to)).toBe(true);
          expect(rowOf(name, to)).toBe(row);
          expect(to).not.toBe(from);
        }
      }),
    );
  });

  it('explains each rule', () => {
    for (const text of Object.values(VERSION_RULES)) expect(text).toMatch(/\.$/);
  });
});

describe('versions', () => {
  it('are compared by numbers, a pre-release before its release', () => {
    const sorted = ['0.1.9', '0.1.10', '0.2.0-rc.1', '0.2.0', '0.10.0', '1.0.0'];
    expect(sorted.toReversed().toSorted(compareVersions)).toEqual(sorted);
  });

  it.each([
    ['0.7.3', '0.7'],
    ['0.0.3', '0.0.3'],
    ['1.2.3', '1'],
  ])('%s is compatible within %s', (text, expected) => expect(compatibilityOf(text)).toBe(expected));
});
