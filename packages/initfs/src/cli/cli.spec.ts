import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redox } from '@nx-redox/redox';
import { bootstrapElf } from '../testing/bootstrap-elf';
import { main } from './cli';

let dir: string;
const at = (name: string) => join(dir, name);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'redox-initfs-'));
  mkdirSync(at('tree/bin'), { recursive: true });
  mkdirSync(at('tree/etc'));
  writeFileSync(at('tree/bin/init'), bootstrapElf({ address: 0x400000n, size: 5000 }));
  chmodSync(at('tree/bin/init'), 0o755);
  writeFileSync(at('tree/etc/init.rc'), 'echo hello\n');
  symlinkSync('init', at('tree/bin/first'));
  writeFileSync(at('boot'), bootstrapElf());
});
afterEach(() => rmSync(dir, { recursive: true }));

async function run(...args: string[]) {
  let out = '';
  let err = '';
  const status = await main(args, { out: (part) => (out += part), err: (part) => (err += part) }, redox);
  return { status, out, err };
}
const create = (...options: string[]) => run('create', at('tree'), at('boot'), '-o', at('x.img'), ...options);

describe('redox-initfs', () => {
  it('creates, lists, verifies and extracts', async () => {
    expect(await create()).toEqual({
      status: 0,
      out: expect.stringMatching(/x\.img: 20\.\d KiB, 6 inodes, format D\n/),
      err: '',
    });
    expect((await run('list', at('x.img'))).out).toBe(
      'dr-xr-xr-x    0 bin/\nlrwxrwxrwx    0 bin/first -> init\n-r-xr-xr-x 5000 bin/init\ndr-xr-xr-x    0 etc/\n-r--r--r--   11 etc/init.rc\n',
    );
    expect(await run('verify', at('x.img'))).toEqual({ status: 0, out: `${at('x.img')}: ok (format D)\n`, err: '' });
    expect((await run('extract', '--bootstrap', at('boot2'), at('x.img'), at('out'))).out).toBe(
      `${at('out')}: 2 files, 2 directories, 1 links\n`,
    );
    execFileSync('diff', ['-r', '--no-dereference', at('tree'), at('out')]);
    expect(readFileSync(at('boot2')).equals(bootstrapElf())).toBe(true);
  });

  it('takes the format from an option or from a source', async () => {
    mkdirSync(at('base/initfs/src'), { recursive: true });
    const types = (fields: string) =>
      `pub struct Header { pub bootstrap_entry: U64, ${fields} } pub struct InodeHeader { pub uid: U32 }`;
    writeFileSync(at('base/initfs/src/types.rs'), types('pub page_size: U16,'));
    expect((await create('--base', at('base'))).out).toMatch(/format B/);
    expect((await create('--format=C', '--layout=compatible')).out).toMatch(/format C/);
    writeFileSync(at('base/initfs/src/types.rs'), types(''));
    expect((await create('--base', at('base'))).err).toMatch(/reads format A, which is not written/);
    expect((await create('--base', at('none'))).err).toMatch(
      /none\/initfs\/src\/types\.rs: cannot tell the image format: ENOENT/,
    );
  });

  it('shows header, parts and sizes', async () => {
    await create('--format=B');
    expect((await run('info', at('x.img'))).out).toMatch(
      /format {5}B\n {2}size .*\n {2}page size {2}4096\n {2}inodes {5}6 at 0x\w+, root 0\n {2}bootstrap {2}entry 0x2078, 256 bytes\n {2}time/,
    );
    const info = JSON.parse((await run('info', '--json', at('x.img'))).out);
    expect(info).toMatchObject({ format: 'B', header: { bootstrapEntry: '0x2078', inodeCount: 6 }, problems: [] });
    expect(info.parts.reduce((sum: number, part: { size: number }) => sum + part.size, 0)).toBe(info.fileSize);

    writeFileSync(at('tree/bin/init'), bootstrapElf({ address: 0x400000n, size: 9000 }));
    await run('create', at('tree'), at('boot'), '-o', at('y.img'));
    const { out } = await run('size', at('x.img'), `--against=${at('y.img')}`);
    expect(out).toMatch(/ 5000 +9000 +-4000 +0\.56x {2}bin\/init/);
    const report = JSON.parse((await run('size', '--json', at('x.img'))).out);
    expect(report.files[0]).toEqual({ path: 'bin/init', size: 5000 });
    expect(report.sections.file).toBe(5256);
  });

  it('shows differences, and says by its status whether there are any', async () => {
    await create();
    expect(await run('diff', at('x.img'), at('x.img'))).toEqual({ status: 0, out: '', err: '' });
    rmSync(at('tree/bin/first'));
    writeFileSync(at('tree/etc/init.rc'), 'echo\n');
    writeFileSync(at('tree/new'), 'n');
    await run('create', at('tree'), at('boot'), '-o', at('y.img'));
    const { status, out } = await run('diff', at('x.img'), at('y.img'));
    expect(status).toBe(1);
    expect(out).toMatch(
      /- +bin\/first +0 +0 +link to init\n~ +etc\/init\.rc +11 +5 +-6 +content\n\+ +new +1 +\+1 +file\nimage: format D → D/,
    );
    const json = JSON.parse((await run('diff', '--json', at('x.img'), at('y.img'))).out);
    expect(json.differences).toHaveLength(3);
  });

  it('reports problems of any of several images', async () => {
    await create();
    writeFileSync(at('cut.img'), readFileSync(at('x.img')).subarray(0, -5));
    const { status, out } = await run('verify', at('x.img'), at('cut.img'));
    expect(status).toBe(1);
    expect(out).toMatch(/x\.img: ok[^]*cut\.img: \(format D\)\n {2}error cut-off: /);
    expect(JSON.parse((await run('verify', '--json', at('cut.img'))).out)[0].problems[0]).toMatchObject({
      code: 'cut-off',
      severity: 'error',
    });
    expect((await run('list', at('cut.img'))).err).toMatch(/damaged initfs image[^]*→ redox-initfs verify/);
    expect((await run('verify', '--machine=x86_64', at('x.img'))).out).toMatch(
      /error machine: \(bootstrap\): it is for aarch64/,
    );
  });

  it('refuses what makes no image, and leaves none', async () => {
    expect((await create('--max-size=4096')).err).toMatch(/more than its budget of 4096[^]* 5000 +bin\/init/);
    expect((await run('create', at('tree'), '-o', at('x.img'))).err).toMatch(/format D needs a bootstrap/);
    expect((await run('create', at('tree'), at('tree/etc/init.rc'), '-o', at('x.img'))).err).toMatch(/not an ELF file/);
    expect((await run('create', at('nothing'), at('boot'), '-o', at('x.img'))).err).toMatch(
      /the folder does not exist/,
    );
    expect(existsSync(at('x.img'))).toBe(false);
    const without = await run('create', '--format=C', at('tree'), '-o', at('x.img'));
    expect(without).toMatchObject({
      status: 0,
      err: expect.stringMatching(/warning: without a bootstrap the image cannot boot/),
    });
    expect((await run('verify', at('x.img'))).out).toMatch(/error bootstrap-missing/);
  });

  it.each([
    [[], 'a command is missing'],
    [['pack'], 'there is no command "pack"'],
    [['create', 'x'], '-o IMG is missing'],
    [['create', '-o', 'x'], 'DIR is missing'],
    [['create', 'a', 'b', 'c', '-o', 'x'], 'there is no place for "c"'],
    [['create', 'a', '-o', 'x', '--format=A'], '--format is "A"; it can be B, C, D'],
    [['create', 'a', '-o', 'x', '--format=D', '--base=y'], 'exclude each other'],
    [['create', 'a', '-o', 'x', '--max-size=64M'], 'not a number of bytes'],
    [['diff', 'x'], 'IMG2 is missing'],
    [['list', '--long', 'x'], "Unknown option '--long'"],
    [['verify'], 'IMG is missing'],
  ])('shows its usage for %j', async (args, message) => {
    const { status, err } = await run(...args);
    expect(status).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain('Usage: redox-initfs create');
  });

  it('runs as a program', async () => {
    await create();
    const bin = join(__dirname, '../../bin/redox-initfs.js');
    expect(execFileSync(process.execPath, [bin, 'verify', at('x.img')]).toString()).toBe(
      `${at('x.img')}: ok (format D)\n`,
    );
  });
});
