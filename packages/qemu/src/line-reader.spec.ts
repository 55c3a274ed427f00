import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader, MAX_LINE } from './line-reader';

function lines(...chunks: (string | Uint8Array)[]): string[] {
  const seen: string[] = [];
  const reader = new LineReader((line) => seen.push(line));
  for (const chunk of chunks) reader.feed(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  reader.end();
  return seen;
}

describe('the lines of a serial output', () => {
  it('end with LF, CR LF or a lone CR', () => {
    expect(lines('a\nb\r\nc\rd\n\ne\n\rf')).toEqual(['a', 'b', 'c', 'd', '', 'e', 'f']);
    expect(lines('a\r', '\nb')).toEqual(['a', 'b']);
  });

  it('lose terminal control sequences and control characters, but keep tabs', () => {
    expect(lines('\x1b[1;32mok\x1b[0m \x1b]0;title\x07x\x1b(By\x1b]8;;u\x1b\\z\x07\0\x08\t.\x7f\n')).toEqual([
      'ok xyz\t.',
    ]);
  });

  it('end where the cursor goes to another line, as firmware has it', () => {
    // The beginnings of Arm's and x86's firmware, an interactive shell, a progress line and a boot menu.
    expect(
      lines(
        'Firmware (version 1)\r\n\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01HBds: loading Boot0001 "disk"\r\n',
        '\x1b[2J\x1b[01;01H\x1b[01;01HShell v2\r\n\x1b[1m\x1b[33m\x1b[40mTable\x1b[0m\x1b[37m\x1b[40m\r\n',
        '\x1b[09;01HPress \x1b[1mESC\x1b[0m in 2\x1b[09;01HPress \x1b[1mESC\x1b[0m in 1\x1b[2J\x1b[HBootloader\r\n',
        'kernel: 0/2 MiB\rkernel: 1/2 MiB\rkernel: 2/2 MiB\r\n',
        'Modes\r\n \x1b[4;2H\x1b[7m1280x800\x1b[0m\x1b[5;2H1024x768 \xda\xc4\x9b\x85',
      ),
    ).toEqual([
      'Firmware (version 1)',
      'Bds: loading Boot0001 "disk"',
      'Shell v2',
      'Table',
      'Press ESC in 2',
      'Press ESC in 1',
      'Bootloader',
      'kernel: 0/2 MiB',
      'kernel: 1/2 MiB',
      'kernel: 2/2 MiB',
      'Modes',
      ' ',
      '1280x800',
      '1024x768 ÚÄ',
    ]);
    // Within a line, and for the rest of it, it goes on.
    expect(lines('a\x1b[Kb\x1b[3Gc\x1b[1Cd\x1b[0me\n')).toEqual(['abcde']);
  });

  it('come through although a control sequence never ends', () => {
    expect(lines('a\x1b]0;no end\nb\x1b[', `${'1'.repeat(300)}c\n`).join('')).toMatch(/^ab1+c$/);
  });

  it('hold U+FFFD for invalid UTF-8', () => {
    expect(lines(Buffer.of(0x61, 0xff, 0xc3, 0x0a, 0xc3), Buffer.of(0xa4))).toEqual(['a\ufffd\ufffd', 'ä']);
  });

  it('are cut when they are too long', () => {
    expect(lines('x'.repeat(MAX_LINE + 5)).map((line) => line.length)).toEqual([MAX_LINE, 5]);
  });

  it('are shown while they have no end', () => {
    const reader = new LineReader(() => undefined);
    reader.feed(Buffer.from('x\nlogin: \x1b[0'));
    expect(reader.partial).toBe('login: ');
  });

  it('do not depend on the pieces that the bytes come in', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc
        .constantFrom('\r\n', '\n', '\r', '\x1b[31m', '\x1b]0;t\x07', '\x1b', 'ä€😀', 'text')
        .map((s) => Buffer.from(s)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(200)), (pieces, cuts) => {
        const all = Buffer.concat(pieces);
        const at = [0, ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
        const chunks = at.slice(1).map((end, i) => all.subarray(at[i], end));
        expect(lines(...chunks)).toEqual(lines(all));
      }),
    );
  });
});
