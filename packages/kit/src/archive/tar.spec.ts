import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  linkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatError } from '../user-error';
import { unpackArchive } from './unpack';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nx-redox-tar-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const LIMITS = { entries: 10_000, treeBytes: 1e9 };

async function ours(archive: string): Promise<string> {
  const tree = join(dir, 'ours');
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  await unpackArchive(archive, tree, { origin: 'x.tar', limits: LIMITS });
  return tree;
}

function theirs(archive: string): string {
  const tree = join(dir, 'theirs');
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  execFileSync('tar', ['--strip-components=1', '-xf', archive, '-C', tree], { stdio: 'pipe' });
  return tree;
}

/** What a tree holds, in a form to compare. */
function contentOf(tree: string, at = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(tree, at)).sort()) {
    const path = at === '' ? name : `${at}/${name}`;
    const stat = lstatSync(join(tree, path));
    if (stat.isDirectory()) Object.assign(found, { [path]: 'folder' }, contentOf(tree, path));
    else if (stat.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(tree, path))}`;
    else found[path] = `${stat.mode & 0o100 ? 'x' : '-'} ${readFileSync(join(tree, path)).toString('base64')}`;
  }
  return found;
}

const FORMATS = ['v7', 'oldgnu', 'gnu', 'ustar', 'pax'] as const;

describe('the archives that GNU tar makes', () => {
  const name = fc.stringMatching(/^[a-zA-Zäß€_ .,=\n-]{1,20}$/).filter((text) => !/^\.{1,2}$/.test(text));
  const long = fc.integer({ min: 30, max: 70 }).map((count) => 'n'.repeat(count));
  const path = fc.array(fc.oneof({ weight: 4, arbitrary: name }, long), { minLength: 1, maxLength: 5 });
  const node = fc.record({
    path,
    kind: fc.constantFrom('file', 'file', 'run', 'folder', 'link', 'hard'),
    size: fc.oneof(fc.nat(3), fc.constantFrom(511, 512, 513, 70_000)),
  });

  it.each(FORMATS)(
    'are unpacked as it does itself: %s',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(fc.array(node, { minLength: 1, maxLength: 8 }), async (nodes) => {
          rmSync(join(dir, 'from'), { recursive: true, force: true });
          const root = join(dir, 'from/p-1');
          mkdirSync(root, { recursive: true });
          const files: string[] = [];
          // GNU tar cuts a target of 101 bytes off in the formats that hold 100, and cannot read that itself.
          const mayBeTarget = (file: string) =>
            !/v7|ustar/.test(format) || Buffer.byteLength(relative(join(dir, 'from'), file)) <= 100;
          for (const { path, kind, size } of nodes) {
            const full = join(root, ...path);
            try {
              mkdirSync(join(root, ...path.slice(0, -1)), { recursive: true });
              if (existsSync(full)) continue;
              if (kind === 'folder') mkdirSync(full);
              else if (kind === 'link') symlinkSync('x'.repeat(1 + (size % 120)), full);
              else if (kind === 'hard' && files.length > 0 && [files[0]!, full].every(mayBeTarget))
                linkSync(files[0]!, full);
              else {
                writeFileSync(full, Buffer.alloc(size, path.join()));
                if (kind === 'run') chmodSync(full, 0o755);
                files.push(full);
              }
            } catch (error) {
              // A name that is too long, or below a file.
              if (!/ENAMETOOLONG|ENOTDIR|EEXIST/.test((error as Error).message)) throw error;
            }
          }
          const archive = join(dir, 'x.tar');
          // Old formats cannot hold long names; what tar leaves out then, it says, and the rest is good.
          try {
            execFileSync('tar', [`--format=${format}`, '-cf', archive, '-C', join(dir, 'from'), 'p-1'], {
              stdio: 'pipe',
            });
          } catch {
            // It has been written all the same.
          }
          expect(contentOf(await ours(archive))).toEqual(contentOf(theirs(archive)));
        }),
        { numRuns: 12 },
      );
    },
    120_000,
  );

  it.each([
    ['v7', ['--format=v7']],
    ['large numbers in binary', ['--format=gnu', '--owner=:99999999', '--mtime=@99999999999']],
    [
      'comments and times in pax records',
      ['--format=pax', '--pax-option=comment=x,globexthdr.name=g', '--mtime=2020-01-01 00:00:00.5'],
    ],
    ['global records', ['--format=pax', '--pax-option=globexthdr.name=g,comment:=hello,SCHILY.x:=y']],
    ['a label', ['--format=gnu', '--label=volume one']],
    ['full blocks', ['--format=ustar', '--blocking-factor=40']],
  ])('%s', async (_, options) => {
    mkdirSync(join(dir, 'from/p-1/sub'), { recursive: true });
    writeFileSync(join(dir, 'from/p-1/sub/a'), 'hi\n');
    const archive = join(dir, 'x.tar');
    execFileSync('tar', [...options, '-cf', archive, '-C', join(dir, 'from'), 'p-1']);
    expect(contentOf(await ours(archive))).toEqual({ sub: 'folder', 'sub/a': `- ${btoa('hi\n')}` });
  });

  it.each(FORMATS.filter((format) => format !== 'v7' && format !== 'ustar').map((format) => [format]))(
    'sparse files are refused by name: %s',
    async (format) => {
      mkdirSync(join(dir, 'from/p-1'), { recursive: true });
      writeFileSync(join(dir, 'from/p-1/holes'), 'a');
      truncateSync(join(dir, 'from/p-1/holes'), 10_000_000);
      const archive = join(dir, 'x.tar');
      for (const version of format === 'pax' ? ['0.0', '0.1', '1.0'] : ['1.0']) {
        execFileSync('tar', [
          '--sparse',
          `--sparse-version=${version}`,
          `--format=${format}`,
          '-cf',
          archive,
          '-C',
          join(dir, 'from'),
          'p-1',
        ]);
        const text = await ours(archive).then(() => 'no error', formatError);
        expect(text).toMatch(/the member ".*holes" is a sparse file/);
      }
    },
  );

  it('incremental backups and other volumes are refused by name', async () => {
    mkdirSync(join(dir, 'from/p-1/sub'), { recursive: true });
    writeFileSync(join(dir, 'from/p-1/a'), 'x'.repeat(30_000));
    const archive = join(dir, 'x.tar');
    execFileSync('tar', ['-g', join(dir, 'snapshot'), '--format=gnu', '-cf', archive, '-C', join(dir, 'from'), 'p-1']);
    expect(await ours(archive).then(() => 'no error', formatError)).toContain('is a folder of an incremental backup');
  });
});

/** A header block, with the checksum that belongs to it. */
function block(fields: { name: string; type?: string; size?: string; magic?: string; signed?: boolean }): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(fields.name, 0);
  bytes.write('0000644\0', 100);
  bytes.write(fields.size ?? '00000000000\0', 124, 'latin1');
  bytes.write(fields.type ?? '0', 156, 'latin1');
  bytes.write(fields.magic ?? 'ustar\x0000', 257, 'latin1');
  bytes.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of bytes) sum += fields.signed && byte > 127 ? byte - 256 : byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
const sized = (count: number) => `${count.toString(8).padStart(11, '0')}\0`;
const filled = (text: string | Buffer) => {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
};
const record = (key: string, value: string) => {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (Buffer.byteLength(`${length}${rest}`) !== length) length = Buffer.byteLength(`${length}${rest}`);
  return `${length}${rest}`;
};
const pax = (type: 'x' | 'g', ...records: [string, string][]) => {
  const text = records.map(([key, value]) => record(key, value)).join('');
  return Buffer.concat([block({ name: 'pax', type, size: sized(Buffer.byteLength(text)) }), filled(text)]);
};
const END = Buffer.alloc(1024);
const hello = (name: string) => Buffer.concat([block({ name, size: sized(5) }), filled('hello')]);

describe('archives made by hand', () => {
  async function both(...parts: Buffer[]): Promise<Record<string, string>> {
    const archive = join(dir, 'x.tar');
    writeFileSync(archive, Buffer.concat(parts));
    const content = contentOf(await ours(archive));
    expect(content).toEqual(contentOf(theirs(archive)));
    return content;
  }
  const alone = async (...parts: Buffer[]) => {
    writeFileSync(join(dir, 'x.tar'), Buffer.concat(parts));
    return ours(join(dir, 'x.tar')).then((tree) => JSON.stringify(contentOf(tree)), formatError);
  };

  it('end at the end mark, whatever follows', async () => {
    expect(Object.keys(await both(hello('p/a'), END, hello('p/b'), END))).toEqual(['a']);
    expect(Object.keys(await both(hello('p/a'), END, Buffer.from('rest of a tape')))).toEqual(['a']);
    expect(Object.keys(await both(hello('p/a')))).toEqual(['a']);
  });

  it('have records that count for one member, or for all that follow', async () => {
    expect(Object.keys(await both(pax('x', ['path', 'p/long']), hello('p/a'), hello('p/b'), END))).toEqual([
      'b',
      'long',
    ]);
    expect(
      await both(pax('g', ['comment', 'x'], ['size', '3']), hello('p/a'), pax('x', ['size', '4']), hello('p/b'), END),
    ).toEqual({ a: `- ${btoa('hel')}`, b: `- ${btoa('hell')}` });
    expect(
      Object.keys(await both(pax('g', ['path', 'p/g']), hello('p/a'), pax('x', ['path', 'p/x']), hello('p/b'), END)),
    ).toEqual(['g', 'x']);
    // A line end in a value is part of it.
    expect(Object.keys(await both(pax('x', ['path', 'p/a\nb']), hello('p/x'), END))).toEqual(['a\nb']);
  });

  it('are refused by name for what is not supported, and never taken halfway', async () => {
    const before = hello('p/before');
    const cases: [Buffer[], string][] = [
      [
        [before, pax('x', ['GNU.sparse.major', '1'], ['GNU.sparse.minor', '0']), hello('p/s'), END],
        'the member "p/s" is a sparse file',
      ],
      [[pax('g', ['GNU.sparse.size', '9']), hello('p/s'), END], 'the member "p/s" is a sparse file'],
      [[before, block({ name: 'p/v', type: 'M' }), END], 'the member "p/v" is a part of a file that goes on'],
      [[before, block({ name: 'p/u', type: 'Q' }), END], 'the member "p/u" is a thing of the unknown type "Q"'],
      [[before, block({ name: 'p/d', type: '3' }), END], 'the member "p/d" is a character device'],
      [[before, pax('x', ['size', '']), hello('p/a'), END], 'has the size ""'],
      [[before, pax('x', ['size', '-5']), hello('p/a'), END], 'has the size "-5"'],
      [[before, pax('x', ['path', '']), hello('p/a'), END], 'has an empty name'],
      [[before, pax('x', ['path', 'p/a\0b']), hello('p/a'), END], 'has a NUL in its name'],
      [
        [before, block({ name: 'x', type: 'x', size: sized(9) }), filled('30 path=p\n'), END],
        'a pax record is damaged',
      ],
      [[before, block({ name: 'p/a', size: '\xff'.repeat(12) }), END], 'the size of a member'],
      [[before, block({ name: 'L', type: 'L', size: sized(2 ** 30) }), END], 'a header has 1073741824 bytes'],
      [[before, block({ name: 'p/a', size: sized(700) }), filled('cut off')], 'unexpected end of data (in "p/a")'],
      [[before, pax('x', ['path', 'p/x'])], 'unexpected end of data'],
      [[before, hello('p/a').subarray(0, 300)], 'unexpected end of data'],
      [[before, Buffer.alloc(512, 'x'), END], 'its checksum does not fit (after "p/before")'],
    ];
    for (const [parts, message] of cases) expect(await alone(...parts)).toContain(message);
    const latin = block({ name: 'p/x', size: sized(5) });
    latin[2] = 0xe9;
    let sum = 0;
    latin.fill(' ', 148, 156);
    for (const byte of latin) sum += byte;
    latin.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect(await alone(latin, filled('hello'), END)).toContain('"p/é" is not UTF-8');
  });

  it('may have the checksums of old tars, and names in two fields', async () => {
    expect(Object.keys(await both(block({ name: 'p/ä', signed: true }), END))).toEqual(['ä']);
    const two = block({ name: 'name' });
    two.write('p/prefix', 345);
    two.fill(' ', 148, 156);
    two.write(
      `${two
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    expect(Object.keys(await both(two, END))).toEqual(['prefix', 'prefix/name']);
  });
});
