import { describe, expect, it } from 'vitest';
import { readAr } from './ar';
import { fpInstructions } from './aarch64';
import { compileUnits } from './dwarf';
import { parseElf } from './elf';
import { stripElf } from './strip';
import { buildElf, type SectionSpec } from './testing/build-elf';

// Small files that make a careless reader walk the same bytes again and again.
// Without its limits these take minutes, and the runner gives up on them.

function withSections(...sections: SectionSpec[]) {
  return parseElf(buildElf({ sections }));
}

/** A `.debug_info` of many units, which all use the abbreviation 1. */
function units(count: number, attributes: Uint8Array): Uint8Array {
  const unit = Buffer.alloc(12 + attributes.length);
  unit.writeUInt32LE(unit.length - 4);
  unit.writeUInt16LE(4, 4);
  unit.writeUInt8(8, 10);
  unit.writeUInt8(1, 11);
  unit.set(attributes, 12);
  return Buffer.concat(Array.from({ length: count }, () => unit));
}

describe('files that overlap themselves', () => {
  it('a note whose owner is a long row of NULs', () => {
    const note = Buffer.alloc(12 + 400_000);
    note.writeUInt32LE(400_000);
    note[note.length - 1] = 0x78;
    const notes = withSections({ name: '.note', type: 7, bytes: note }).notes();
    expect(notes[0]?.owner).toHaveLength(400_000);
  });

  it('debug units that all name one endless text', () => {
    const elf = withSections(
      { name: '.debug_info', bytes: units(50_000, Buffer.alloc(4)) },
      { name: '.debug_abbrev', bytes: Uint8Array.of(1, 0x11, 0, 0x25, 0x0e, 0, 0, 0) },
      { name: '.debug_str', bytes: Buffer.alloc(4_000_000, 'x') },
    );
    const found = compileUnits(elf);
    expect(found).toHaveLength(50_000);
    expect(found[0]?.producer).toBe('x'.repeat(4096));
  });

  it('debug units with texts of their own that go on behind their ends', () => {
    const elf = withSections(
      { name: '.debug_info', bytes: units(50_000, Buffer.from('name')) },
      { name: '.debug_abbrev', bytes: Uint8Array.of(1, 0x11, 0, 0x03, 0x08, 0, 0, 0) },
    );
    expect(compileUnits(elf)[0]?.name).toBe('name');
  });

  it('debug units with attributes that take no room', () => {
    const flags = Buffer.concat(Array.from({ length: 40_000 }, () => Uint8Array.of(0x34, 0x19)));
    const elf = withSections(
      { name: '.debug_info', bytes: units(20_000, new Uint8Array()) },
      { name: '.debug_abbrev', bytes: Buffer.concat([Uint8Array.of(1, 0x11, 0), flags, Uint8Array.of(0, 0, 0)]) },
    );
    expect(() => compileUnits(elf)).toThrow(/debug units with too many attributes/);
  });

  it('sections of code that all are the whole file', () => {
    const code = { name: '.text', flags: 6, offset: 0, size: 50_000 };
    const elf = withSections(...Array.from({ length: 800 }, () => code));
    expect(() => fpInstructions(elf)).toThrow(/its sections overlap each other/);
  });

  it('more program headers than any program has', () => {
    const bytes = Buffer.concat([buildElf(), Buffer.alloc(600 * 56)]);
    bytes.writeUInt16LE(600, 56);
    expect(() => parseElf(bytes)).toThrow(/600 program headers are more than any program has/);
  });

  it('many loaded sections', () => {
    const sections = Array.from({ length: 4000 }, () => ({ name: 'x', flags: 2, offset: 0, size: 0 }));
    const elf = parseElf(buildElf({ segments: [{ virtualAddress: 0x1000n, offset: 0, fileSize: 64 }], sections }));
    expect(parseElf(stripElf(elf)).sections.length).toBeGreaterThan(4000);
  });

  it('archive members that share one endless name', () => {
    const header = (name: string, size: number) =>
      Buffer.from(`${name.padEnd(16)}${'0'.padEnd(32)}${String(size).padEnd(10)}\`\n`);
    const parts = [Buffer.from('!<arch>\n'), header('//', 1_000_000), Buffer.alloc(1_000_000, '/')];
    for (let i = 0; i < 10_000; i++) parts.push(header(`/${i}`, 0));
    expect(() => readAr(Buffer.concat(parts))).toThrow(/an archive member whose name has \d+ bytes/);
  });
});
