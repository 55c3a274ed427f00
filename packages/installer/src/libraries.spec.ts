import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildElf } from '@nx-redox/binary/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addLibraries } from './libraries';
import { readStage } from './stage';

/** A program or library that needs shared libraries: its dynamic table and the names are one segment. */
function linked(needs: string[], isProgram = true): Uint8Array {
  const names = Buffer.from(`\0${needs.map((name) => `${name}\0`).join('')}`);
  let at = 1;
  const entries = needs.map((name) => [1n, BigInt((at += name.length + 1) - name.length - 1)]);
  const table = Buffer.alloc((entries.length + 2) * 16);
  [...entries, [5n, 0x400000n]].forEach(([tag, value], index) => {
    table.writeBigUInt64LE(tag!, index * 16);
    table.writeBigUInt64LE(value!, index * 16 + 8);
  });
  return buildElf({
    type: isProgram ? 2 : 3,
    segments: [
      { virtualAddress: 0x400000n, bytes: names },
      { type: 2, virtualAddress: 0x500000n, bytes: table },
      ...(isProgram ? [{ type: 3, bytes: Buffer.from('/lib/ld.so.1\0') }] : []),
    ],
  });
}

describe('addLibraries', () => {
  let root: string;
  const write = (file: string, bytes: Uint8Array | string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), bytes);
  };
  const add = (installed: string[], candidates: string[]) => {
    const stages = (names: string[]) => names.map((name) => readStage(root, name, name));
    const { added, notes } = addLibraries(root, stages(installed), stages(candidates));
    return { added: added.map(({ name }) => name), notes };
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-libraries-'));
    write('shell/usr/bin/shell', linked(['libline.so.1', 'libc.so.6']));
    write('relibc/usr/lib/libc.so', linked([], false));
    symlinkSync('libc.so', join(root, 'relibc/usr/lib/libc.so.6'));
    write('line/usr/lib/libline.so.1.2', linked(['libtable.so'], false));
    symlinkSync('libline.so.1.2', join(root, 'line/usr/lib/libline.so.1'));
    write('table/lib/libtable.so', linked([], false));
    write('other/usr/lib/libother.so', linked([], false));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('installs the packages of the libraries that programs need, and of those that these need', () => {
    expect(add(['relibc', 'shell'], ['line', 'other', 'table'])).toEqual({
      added: ['line', 'table'],
      notes: [
        'package line is installed, too: usr/bin/shell of shell needs its libline.so.1',
        'package table is installed, too: usr/lib/libline.so.1.2 of line needs its libtable.so',
      ],
    });
    expect(add(['line', 'relibc', 'shell', 'table'], ['other'])).toEqual({ added: [], notes: [] });
  });

  it('fails with program and library if nothing has it, through libraries, too', () => {
    expect(() => add(['shell', 'line'], ['other'])).toThrow(
      /programs could not be started.*:\n {2}usr\/bin\/shell of package shell needs libc\.so\.6, which recipe relibc installs\n {2}usr\/lib\/libline\.so\.1\.2 of package line needs libtable\.so/,
    );
    expect(() => add(['relibc', 'shell'], [])).toThrow('usr/bin/shell of package shell needs libline.so.1');
  });

  it('warns of a library that nothing loads, and leaves other files alone', () => {
    write('extra/usr/lib/plugins/libplugin.so', linked(['libnone.so'], false));
    write('extra/usr/lib/broken.so', '\x7fELF');
    write('extra/usr/share/example', linked(['libnone.so']));
    expect(add(['extra'], [])).toEqual({
      added: [],
      notes: ['warning: usr/lib/plugins/libplugin.so of package extra needs libnone.so; nothing is linked with it'],
    });
  });
});
