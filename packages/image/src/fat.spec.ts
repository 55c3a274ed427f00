import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fatGeometry, fatImage, type FatFile, type FatOptions } from './fat';
import { readableBytes } from './read-at';
import { readFat } from './read-fat';

const MIB = 2048;

const options = (sectors: number, files: readonly FatFile[]): FatOptions => ({
  sectors,
  firstLba: 2048,
  label: 'EFI',
  serial: 0x1234abcd,
  time: Date.UTC(2026, 2, 31, 12, 34, 56) / 1000,
  files,
});

/** The whole partition. */
function partition(image: { bytes: Buffer }, sectors: number): Buffer {
  return Buffer.concat([image.bytes, Buffer.alloc(sectors * 512 - image.bytes.length)]);
}

const read = (bytes: Buffer) => readFat(readableBytes(bytes));

const character = fc.constantFrom(...'ABCXYZ0189_-~$');
const name = fc
  .tuple(
    fc.string({ unit: character, minLength: 1, maxLength: 8 }),
    fc.option(fc.string({ unit: character, minLength: 1, maxLength: 3 })),
  )
  .map(([base, extension]) => (extension === null ? base : `${base}.${extension}`));
/** Files whose folders are not files, too. */
const trees = fc
  .uniqueArray(
    fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
      content: fc.uint8Array({ maxLength: 3000, size: 'max' }),
    }),
    { selector: (file) => file.path, maxLength: 12 },
  )
  .map((files) => files.filter(({ path }) => !files.some((other) => other.path.startsWith(`${path}/`))));

describe('FAT', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(trees, fc.constantFrom(200, 300, MIB, MIB, 3 * MIB, 34 * MIB), (files, sectors) => {
        const image = fatImage(options(sectors, files));
        const listing = read(partition(image, sectors));
        expect(listing).toMatchObject({ bits: image.bits, label: 'EFI', serial: 0x1234abcd, used: image.used });
        const found = listing.entries.filter(({ kind }) => kind === 'file');
        expect(new Map(found.map(({ path, content }) => [path, content.toString('hex')]))).toEqual(
          new Map(files.map(({ path, content }) => [path, Buffer.from(content).toString('hex')])),
        );
        // Not the order of the list counts.
        expect(fatImage(options(sectors, files.toReversed())).bytes.equals(image.bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('has a number of clusters that every reader takes for the same kind, for every size', () => {
    for (let size = 1; size <= 512; size++) {
      const geometry = fatGeometry(size * MIB)!;
      const { bits, clusters, sectorsPerFat, sectorsPerCluster } = geometry;
      expect(Math.abs(clusters - 4085)).toBeGreaterThan(16);
      expect(clusters).toBeLessThan(65525 - 16);
      expect(bits).toBe(clusters < 4085 ? 12 : 16);
      expect(sectorsPerFat * 512 * 8).toBeGreaterThanOrEqual((clusters + 2) * bits);
      expect(1 + 32 + 2 * sectorsPerFat + clusters * sectorsPerCluster).toBeLessThanOrEqual(size * MIB);
    }
    expect(fatGeometry(MIB)!.bits).toBe(12);
    expect(fatGeometry(33 * MIB)!.bits).toBe(16);
    expect(fatGeometry(34)).toBeUndefined();
  });

  it('keeps the time, in UTC and whole steps of two seconds', () => {
    const { bytes } = fatImage(options(MIB, []));
    const at = 512 + 2 * fatGeometry(MIB)!.sectorsPerFat * 512;
    expect(bytes.toString('latin1', at, at + 11)).toBe('EFI        ');
    expect(bytes.readUInt16LE(at + 24)).toBe(((2026 - 1980) << 9) | (3 << 5) | 31);
    expect(bytes.readUInt16LE(at + 22)).toBe((12 << 11) | (34 << 5) | 28);
    const old = fatImage({ ...options(MIB, []), time: 0 }).bytes;
    expect(old.readUInt16LE(at + 24)).toBe((1 << 5) | 1);
  });

  it('fills a partition to the last cluster and refuses one byte more', () => {
    const geometry = fatGeometry(MIB)!;
    // EFI and EFI/BOOT take a cluster each.
    const room = (geometry.clusters - 2) * 512;
    const file = (size: number) => [{ path: 'EFI/BOOT/BOOTX64.EFI', content: Buffer.alloc(size, 7) }];
    const full = fatImage(options(MIB, file(room)));
    expect(read(partition(full, MIB)).used).toBe(geometry.clusters * 512);
    expect(() => fatImage(options(MIB, file(room + 1)))).toThrow(/take 1026048 bytes, it has room for 1025536/);
  });

  it.each(['bootaa64.efi', 'BOOTAA64X.EFI', 'A.EFIX', 'A.B.C', '.EFI', 'A B', 'Ä'])('refuses the name %s', (path) => {
    expect(() => fatImage(options(MIB, [{ path, content: Buffer.alloc(1) }]))).toThrow(/cannot be the name of a file/);
  });

  it('refuses a path that is there twice or below a file', () => {
    const content = Buffer.alloc(1);
    const make = (...paths: string[]) =>
      fatImage(
        options(
          MIB,
          paths.map((path) => ({ path, content })),
        ),
      );
    expect(() => make('A/B', 'A/B')).toThrow(/A\/B is there twice/);
    expect(() => make('A', 'A/B')).toThrow(/A is a file, too/);
    expect(() => make('A/B', 'A')).toThrow(/A is a file, too/);
  });
});

describe('damaged FAT', () => {
  const files = [
    { path: 'EFI/BOOT/BOOTAA64.EFI', content: Buffer.alloc(3000, 1) },
    { path: 'EFI/NOTES.TXT', content: Buffer.alloc(700, 2) },
  ];
  const image = fatImage(options(3 * MIB, files));
  const fatSize = fatGeometry(3 * MIB)!.sectorsPerFat * 512;

  /** Changes an entry of a FAT16 in both copies. */
  function withEntry(cluster: number, value: number): Buffer {
    const bytes = partition(image, 3 * MIB);
    for (const start of [512, 512 + fatSize]) bytes.writeUInt16LE(value, start + cluster * 2);
    return bytes;
  }

  it('is refused', () => {
    expect(image.bits).toBe(16);
    // Clusters: EFI 2, EFI/BOOT 3, NOTES.TXT 4 and 5, BOOTAA64.EFI 6 to 11.
    expect(() => read(withEntry(5, 6))).toThrow(/NOTES.TXT: cluster 6 belongs to EFI\/BOOT\/BOOTAA64.EFI, too/);
    expect(() => read(withEntry(7, 7))).toThrow(/BOOTAA64.EFI: cluster 7 belongs to EFI\/BOOT\/BOOTAA64.EFI, too/);
    expect(() => read(withEntry(6, 0xffff))).toThrow(/has 3000 bytes, its clusters hold 512/);
    expect(() => read(withEntry(6, 0xfff0))).toThrow(/cluster 65520 does not exist/);
    expect(() => read(withEntry(6, 0))).toThrow(/cluster 0 does not exist/);
    expect(() => read(withEntry(100, 0xffff))).toThrow(/cluster 100 is in use but belongs to no file/);
    expect(() => read(withEntry(0, 0xfff0))).toThrow(/media byte/);
    const single = partition(image, 3 * MIB);
    single[512 + fatSize + 40] = 1;
    expect(() => read(single)).toThrow(/copies of the FAT differ/);
  });

  it('never crashes the reader, whatever is wrong', () => {
    const bytes = partition(image, 3 * MIB);
    const meta = [...Array(64).keys(), 510, 511].concat([...Array(32 * 8).keys()].map((i) => 512 + 2 * fatSize + i));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...meta), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const copy = Buffer.from(bytes);
          for (const [at, value] of changes) copy[at] = value;
          try {
            read(copy);
          } catch (error) {
            expect((error as Error).name).toBe('UserError');
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
