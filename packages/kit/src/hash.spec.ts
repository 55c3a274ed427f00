import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { blake3Bytes, blake3File, blake3Hex, feedFile, sha256File } from './hash';

const folder = mkdtempSync(join(tmpdir(), 'nx-redox-hash-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('BLAKE3', () => {
  it('of nothing is what its paper says', async () => {
    const nothing = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';
    expect([blake3Hex(''), await blake3Bytes(new Uint8Array())]).toEqual([nothing, nothing]);
  });

  it('is the same of a text, of its bytes and of a file with them', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 5_000 }), async (text) => {
        const file = join(folder, 'file');
        writeFileSync(file, text);
        const expected = blake3Hex(text);
        expect(await blake3Bytes(Buffer.from(text))).toBe(expected);
        expect(await blake3File(file)).toBe(expected);
      }),
    ));

  it('of a file is that of all its pieces', async () => {
    const file = join(folder, 'large');
    const bytes = Buffer.alloc(2 * 2 ** 20 + 17, 'abcdefg');
    writeFileSync(file, bytes);
    expect(await blake3File(file)).toBe(await blake3Bytes(bytes));
    expect(await sha256File(file)).toBe(createHash('sha256').update(bytes).digest('hex'));
    const seen: Buffer[] = [];
    expect(await feedFile(file, { update: (piece) => seen.push(Buffer.from(piece)) })).toBe(bytes.length);
    expect(Buffer.concat(seen).equals(bytes)).toBe(true);
  });

  it('of many files leaves time for what else happens', async () => {
    const file = join(folder, 'many');
    writeFileSync(file, Buffer.alloc(2 ** 20));
    let happened = false;
    setTimeout(() => (happened = true), 1);
    for (let files = 0; !happened; files++) {
      expect(files).toBeLessThan(10_000);
      await blake3File(file);
    }
  });

  it('goes to others with one reading', async () => {
    const file = join(folder, 'two');
    writeFileSync(file, 'content');
    const other = createHash('sha256');
    expect(await blake3File(file, other)).toBe(blake3Hex('content'));
    expect(other.digest('hex')).toBe(await sha256File(file));
  });

  it('of a file that cannot be read is none', async () => {
    await expect(blake3File(join(folder, 'none'))).rejects.toThrow('ENOENT');
    await expect(blake3File(folder)).rejects.toThrow('EISDIR');
  });

  it('of many files at once is that of each', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(150_000));
    const files = texts.map((text, index) => {
      const file = join(folder, `file-${index}`);
      writeFileSync(file, text);
      return file;
    });
    expect(await Promise.all(files.map((file) => blake3File(file)))).toEqual(texts.map(blake3Hex));
  });
});
