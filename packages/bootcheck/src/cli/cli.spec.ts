import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redox } from '@nx-redox/redox';
import { buildAr, buildElf, buildPe } from '@nx-redox/binary/testing';
import { main } from './cli';

let dir: string;
const at = (name: string) => join(dir, name);
const text = { virtualAddress: 0x400000n, offset: 0, fileSize: 64 };
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'redox-elf-'));
  writeFileSync(at('good'), buildElf({ segments: [text] }));
  writeFileSync(at('pie'), buildElf({ segments: [text, { ...text, virtualAddress: 0x400000n }], type: 3 }));
  writeFileSync(at('bootstrap'), buildElf({ segments: [text] }));
  writeFileSync(at('cut'), buildElf().subarray(0, 90));
  writeFileSync(at('text'), 'hello\n');
  writeFileSync(at('boot.efi'), buildPe({ machine: 0xaa64 }));
  writeFileSync(at('mips'), buildElf({ segments: [text], machine: 8 }));
  const object = buildElf({ type: 1, comments: ['rustc version 1.95.0 (x) with cranelift 0.128.3'] });
  writeFileSync(at('lib.rlib'), buildAr([{ name: 'a.rcgu.o', bytes: object }]));
  writeFileSync(
    at('symbols'),
    buildElf({
      segments: [text],
      sections: [
        { name: '.text', flags: 6, address: 0x400000n, size: 10 },
        { name: '.rodata', flags: 2, address: 0x400010n, size: 20 },
        { name: '.data', flags: 3, address: 0x400020n, size: 5 },
        { name: '.bss', type: 8, flags: 3, address: 0x400030n, size: 7 },
        { name: '.debug_info', bytes: new Uint8Array(33) },
      ],
      symbols: [{ name: '_start', value: 0x400000n }],
    }),
  );
});
afterAll(() => rmSync(dir, { recursive: true }));

async function run(...args: string[]) {
  let out = '';
  let err = '';
  const status = await main(args, { out: (part) => (out += part), err: (part) => (err += part) }, redox);
  return { status, out, err };
}

describe('redox-elf check', () => {
  it('passes good files and shows each broken rule once with its reason', async () => {
    expect(await run('check', at('good'))).toEqual({ status: 0, out: `${at('good')}: ok (program)\n`, err: '' });
    const { status, out } = await run('check', at('good'), at('pie'));
    expect(status).toBe(1);
    expect(out).toMatch(
      /good: ok[^]*pie: \(program\)\n {2}error type-exec: its type is ET_DYN[^]*\n {4}why: Redox maps[^]*\n {4}fix: build it with/,
    );
    expect(out.match(/why: Redox maps LOAD/g)).toHaveLength(1);
  });

  it('takes kind, machine and backend', async () => {
    expect((await run('check', at('bootstrap'))).out).toMatch(/\(bootstrap\)\n {2}error bootstrap-address/);
    expect((await run('check', '--kind=program', at('bootstrap'))).status).toBe(0);
    expect((await run('check', '--machine=x86_64', at('good'))).out).toMatch(
      /error machine: it is for aarch64, not for x86_64/,
    );
    expect((await run('check', '--machine=x86_64', at('boot.efi'))).out).toMatch(
      /error efi-machine: it is for aarch64, not for x86_64/,
    );
    expect((await run('check', at('boot.efi'))).out).toMatch(/ok \(efi\)/);
    expect((await run('check', at('symbols'))).out).toMatch(/ok/);
    expect((await run('check', '--verbose', at('symbols'))).out).toMatch(/info stripped: it is not stripped/);
  });

  it('goes on after a file that is damaged or none of its own', async () => {
    const { status, out, err } = await run('check', at('cut'), at('text'), at('mips'), at('good'));
    expect(status).toBe(1);
    expect(err).toMatch(
      /cut: the table of 1 program headers[^]*text: not an ELF file[^]*mips: Redox does not run on machine 8/,
    );
    expect(out).toMatch(/good: ok/);
  });

  it('gives JSON', async () => {
    const [good, pie] = JSON.parse((await run('check', '--json', at('good'), at('pie'))).out);
    expect(good).toEqual({ file: at('good'), kind: 'program', findings: [] });
    expect(pie.findings[0]).toMatchObject({ rule: 'type-exec', severity: 'error' });
  });

  it.each([
    [[], 'a command is missing'],
    [['chek'], 'there is no command "chek"'],
    [['check'], 'a file is missing'],
    [['check', '--kind=driver', 'x'], '--kind is "driver"; it can be kernel, bootstrap, program'],
    [['check', '--colour', 'x'], "Unknown option '--colour'"],
  ])('shows its usage for %j', async (args, message) => {
    const { status, err } = await run(...args);
    expect(status).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain('Usage: redox-elf check');
  });

  it('names a file that does not exist', async () => {
    expect(await run('check', at('nothing'))).toEqual({
      status: 1,
      out: '',
      err: `${at('nothing')}: the file does not exist\n`,
    });
  });
});

describe('redox-elf info', () => {
  it('describes ELF files, UEFI programs and archives', async () => {
    const { out } = await run('info', at('symbols'), at('boot.efi'), at('lib.rlib'));
    expect(out).toMatch(/symbols: ELF 64-bit little endian, ET_EXEC, aarch64, entry 0x400000, 2 symbols/);
    expect(out).toMatch(/LOAD +r-x +0x400000/);
    expect(out).toMatch(/\.rodata +0x400010/);
    expect(out).toMatch(/boot\.efi: PE 64-bit, aarch64, subsystem 10 \(EFI application\), entry 0x1000/);
    expect(out).toMatch(/lib\.rlib: archive\ncompiled by: cranelift/);
    const json = JSON.parse((await run('info', '--json', at('symbols'), at('lib.rlib'))).out);
    expect(json[0]).toMatchObject({ format: 'elf', machine: 'aarch64', entry: '0x400000', producer: 'unknown' });
    expect(json[1]).toMatchObject({ format: 'ar', producer: 'cranelift' });
  });
});

describe('redox-elf size', () => {
  it('says what the bytes are for', async () => {
    const [size] = JSON.parse((await run('size', '--json', at('symbols'))).out);
    expect(size).toMatchObject({ code: 10, constants: 20, data: 5, zeros: 7, debug: 33 });
    expect(size.code + size.constants + size.data + size.debug + size.symbols + size.other).toBe(size.file);
    const { out } = await run('size', at('symbols'), at('good'));
    const [titles, ...rows] = out
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ +/));
    expect(titles).toEqual(['code', 'constants', 'data', 'zeros', 'debug', 'symbols', 'other', 'file', 'name']);
    expect(rows.map((row) => [row[0], row.at(-1)])).toEqual([
      ['10', at('symbols')],
      ['64', at('good')],
      ['74', 'total'],
    ]);
  });
});

it('runs as a program', () => {
  const bin = join(__dirname, '../../bin/redox-elf.js');
  expect(execFileSync(process.execPath, [bin, 'check', at('good')]).toString()).toBe(`${at('good')}: ok (program)\n`);
});

describe('redox-elf size --why', () => {
  it('names functions and who refers to them, of files with symbols', async () => {
    const { status, out } = await run('size', '--why', '--top=2', at('symbols'));
    expect(status).toBe(0);
    expect(out).toMatch(/largest functions and data/);
    expect(JSON.parse((await run('size', '--why', '--json', at('symbols'))).out)).toMatchObject({ by: 'code' });
    expect((await run('size', '--why', `--against=${at('symbols')}`, at('symbols'))).out).toMatch(
      /only in bytes: 0 bytes/,
    );
    expect((await run('size', '--why', at('good'))).err).toMatch(/stripped: nothing in it has a name/);
  });

  it.each([
    [['--why', '--top=0'], /--top=0: it must be a number/],
    [['--top=3'], /belong to size --why/],
  ])('refuses %s', async (args, message) => {
    const { status, err } = await run('size', ...args, at('symbols'));
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });
});
