import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EFI_SYSTEM, LINUX_DATA, partitionTable, SECTOR, usableSectors, type PartitionTable } from './gpt';
import { derivedGuid, guidBytes, guidText } from './guid';
import { readableBytes } from './read-at';
import { readPartitionTable } from './read-gpt';

function diskOf(table: PartitionTable): Buffer {
  const disk = Buffer.alloc(table.sectors * SECTOR);
  for (const { offset, bytes } of partitionTable(table)) bytes.copy(disk, offset);
  return disk;
}

const read = (disk: Buffer) => readPartitionTable(readableBytes(disk));

const guid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(guidText);

/** Disks of up to 2 MiB with up to 8 partitions that touch or leave gaps. */
const tables: fc.Arbitrary<PartitionTable> = fc
  .record({
    room: fc.integer({ min: 20, max: 4000 }),
    cuts: fc.uniqueArray(fc.integer({ min: 0, max: 3999 }), { minLength: 2, maxLength: 16 }),
    guids: fc.uniqueArray(guid, { minLength: 9, maxLength: 9 }),
    names: fc.array(fc.string({ maxLength: 18 }), { minLength: 8, maxLength: 8 }),
  })
  .map(({ room, cuts, guids, names }) => {
    const sectors = room + 67;
    const { first } = usableSectors(sectors);
    const bounds = [...new Set(cuts.map((cut) => cut % room))].sort((a, b) => a - b);
    const partitions = [];
    for (let i = 0; i + 1 < bounds.length; i += 2) {
      partitions.push({
        name: names[i / 2]!.replaceAll('\0', ''),
        type: i === 0 ? EFI_SYSTEM : LINUX_DATA,
        guid: guids[i / 2]!,
        firstLba: first + bounds[i]!,
        lastLba: first + bounds[i + 1]!,
      });
    }
    return { sectors, guid: guids[8]!, partitions };
  });

const example: PartitionTable = {
  sectors: 8192,
  guid: derivedGuid('disk', 'x'),
  partitions: [
    { name: 'EFI', type: EFI_SYSTEM, guid: derivedGuid('EFI', 'x'), firstLba: 2048, lastLba: 4095 },
    { name: 'REDOX', type: LINUX_DATA, guid: derivedGuid('REDOX', 'x'), firstLba: 4096, lastLba: 6143 },
  ],
};

describe('partition table', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(tables, (table) => {
        expect(read(diskOf(table))).toEqual(table);
      }),
    );
  });

  it('has the bytes that the UEFI specification wants', () => {
    const disk = diskOf(example);
    // The protective MBR: one partition of type 0xee over the whole disk.
    expect(disk.subarray(446, 462).toString('hex')).toBe('00000200eeffffff01000000ff1f0000');
    expect(disk.subarray(510, 524).toString('latin1')).toBe('\x55\xaaEFI PART\0\0\x01\0');
    expect(disk.subarray(8191 * 512, 8191 * 512 + 8).toString()).toBe('EFI PART');
    // The type of an EFI system partition, as it is in every such disk.
    expect(disk.subarray(1024, 1040).toString('hex')).toBe('28732ac11ff8d211ba4b00a0c93ec93b');
    expect(disk.subarray(1024 + 56, 1024 + 62).toString('utf16le')).toBe('EFI');
  });

  it('is refused when any byte of a header or an entry is another', () => {
    const disk = diskOf(example);
    const parts: [number, number][] = [
      [512, 92],
      [1024, 128 * 128],
      [8191 * 512, 92],
      [(8191 - 32) * 512, 128 * 128],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.nat(), fc.integer({ min: 1, max: 255 }), ([start, size], at, flip) => {
        const place = start + (at % size);
        disk[place] = disk[place]! ^ flip;
        try {
          expect(() => read(disk)).toThrow(/offset 0x/);
        } finally {
          disk[place] = disk[place]! ^ flip;
        }
      }),
    );
    expect(read(disk)).toEqual(example);
  });

  it.each([
    ['the signature', 510, 0],
    ["the protective partition's type", 450, 0x83],
    ["the protective partition's begin", 454, 2],
    ["the protective partition's size", 458, 0],
  ])('is refused when the MBR lacks %s', (_, at, value) => {
    const disk = diskOf(example);
    disk[at] = value;
    expect(() => read(disk)).toThrow(/MBR/);
  });

  it.each([
    ['overlap', { firstLba: 4095 }, /"REDOX" overlaps "EFI"/],
    ['end before they begin', { lastLba: 4000 }, /"REDOX" has the sectors 4096 to 4000/],
    ['reach into the backup', { lastLba: 8160 }, /34 to 8158 are for partitions/],
    ['have one GUID', { guid: example.partitions[0]!.guid }, /"REDOX" has the GUID of "EFI"/],
  ])('is refused when partitions %s, with right checksums', (_, change, message) => {
    const [esp, system] = example.partitions as [(typeof example.partitions)[0], (typeof example.partitions)[0]];
    const disk = diskOf({ ...example, partitions: [esp, { ...system, ...change }] });
    expect(() => read(disk)).toThrow(message);
  });

  it('is refused on a disk that was cut off', () => {
    expect(() => read(diskOf(example).subarray(0, 8191 * 512))).toThrow(/MBR protects 8191 sectors/);
    expect(() => read(diskOf(example).subarray(0, 700))).toThrow(/whole sector/);
    expect(() => read(Buffer.alloc(512))).toThrow(/no MBR signature/);
  });
});

describe('GUIDs', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(guid, (text) => {
        expect(guidText(guidBytes(text))).toBe(text);
      }),
    );
  });

  it('follow from purpose and content, and say that they are of version 8', () => {
    expect(derivedGuid('disk', 'a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(['disk', 'EFI'].flatMap((what) => ['a', 'b'].map((id) => derivedGuid(what, id)))).size).toBe(4);
    expect(derivedGuid('disk', 'a')).toBe(derivedGuid('disk', 'a'));
  });
});
