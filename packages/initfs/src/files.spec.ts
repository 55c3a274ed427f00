import fc from 'fast-check';
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
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diffImages } from './diff';
import { extractInitfs } from './extract';
import { WRITABLE_FORMATS } from './format';
import { INITFS_LAYOUTS, planImage } from './layout';
import { readInitfs } from './read';
import { scanDirectory } from './scan';
import { formatOfTypes } from './source-format';
import { anyTree, bootstrap, describeTree, dir, file } from './testing/trees';
import { type InitfsTree, type TreeNode, walk } from './tree';
import { imageBytes, writeInitfs } from './write';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'initfs-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const bytesOf = (tree: InitfsTree) => imageBytes(planImage(tree, { format: 'D', layout: 'compact', time: 0n }));
const imageOf = (tree: Partial<InitfsTree>) => readInitfs(bytesOf({ root: dir({}), bootstrap: bootstrap(), ...tree }));

describe('create, then extract', () => {
  const variants = WRITABLE_FORMATS.flatMap((format) => INITFS_LAYOUTS.map((layout) => ({ format, layout })));

  it.each(variants)('gives the same folder: format $format, $layout', async ({ format, layout }) => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        const place = join(base, String(run++));
        await extractInitfs(await imageOf(tree), join(place, 'first'));
        const output = join(place, 'x.img');
        await writeInitfs(
          { root: scanDirectory(join(place, 'first')), bootstrap: tree.bootstrap },
          { format, layout, output },
        );
        const image = await readInitfs(output);
        expect(describeTree(image)).toEqual(describeTree(tree));
        await extractInitfs(image, join(place, 'second'), join(place, 'boot'));
        execFileSync('diff', ['-r', '--no-dereference', join(place, 'first'), join(place, 'second')]);
        expect(readFileSync(join(place, 'boot')).equals(tree.bootstrap!.bytes)).toBe(true);
        rmSync(place, { recursive: true });
      }),
      { numRuns: 8 },
    );
  });

  it('does not depend on times, order of creation or place', async () => {
    const write = async (name: string, order: string[], time: number) => {
      mkdirSync(join(base, name, 'bin'), { recursive: true });
      for (const path of order) writeFileSync(join(base, name, path), path);
      symlinkSync(name === 'one' ? join(base, 'one/bin/a') : 'bin/a', join(base, name, 'link'));
      for (const path of order) utimesSync(join(base, name, path), time, time);
      await writeInitfs(
        { root: scanDirectory(join(base, name)), bootstrap: bootstrap() },
        { format: 'C', output: join(base, `${name}.img`) },
      );
      return readFileSync(join(base, `${name}.img`));
    };
    const one = await write('one', ['bin/a', 'bin/b', 'c'], 1);
    const two = await write('two', ['c', 'bin/b', 'bin/a'], 1e9);
    expect(one.equals(two)).toBe(true);
  });
});

describe('scanDirectory', () => {
  it("takes the owner's execute bit, and nothing else of the mode", () => {
    for (const [name, mode] of [
      ['a', 0o700],
      ['b', 0o655],
      ['c', 0o755],
    ] as const) {
      writeFileSync(join(base, name), '');
      chmodSync(join(base, name), mode);
    }
    expect([...walk(scanDirectory(base))].map(({ node }) => node.kind === 'file' && node.executable)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it.each([
    ['a fifo', () => execFileSync('mkfifo', [join(base, 'p')]), /p: this is a fifo; an initfs holds/],
    ['a link out of the folder', () => symlinkSync('../x', join(base, 'l')), /the link l → "\.\.\/x" leaves the image/],
    ['an absolute link elsewhere', () => symlinkSync('/etc/passwd', join(base, 'l')), /has an absolute target/],
    [
      'a name that is not UTF-8',
      () => writeFileSync(Buffer.concat([Buffer.from(`${base}/`), Buffer.from([0xff])]), ''),
      /is not UTF-8/,
    ],
    ['a missing folder', () => rmSync(base, { recursive: true }), /does not exist/],
  ])('refuses %s', (_, make, message) => {
    make();
    expect(() => {
      try {
        scanDirectory(base);
      } catch (error) {
        throw new Error(`${(error as { file?: string }).file ?? ''}: ${(error as Error).message}`);
      }
    }).toThrow(message);
  });

  it('refuses a file that changes while the image is written, and leaves no image', async () => {
    mkdirSync(join(base, 'tree'));
    writeFileSync(join(base, 'tree/a'), 'four');
    const root = scanDirectory(join(base, 'tree'));
    for (const text of ['longer', 'x']) {
      writeFileSync(join(base, 'tree/a'), text);
      const writing = writeInitfs({ root, bootstrap: bootstrap() }, { format: 'D', output: join(base, 'out/x.img') });
      await expect(writing).rejects.toThrow(/changed while the image was written: it had 4 bytes/);
    }
    rmSync(join(base, 'tree/a'));
    await expect(
      writeInitfs({ root, bootstrap: bootstrap() }, { format: 'D', output: join(base, 'out/x.img') }),
    ).rejects.toThrow(/cannot read the file/);
    expect(readdirSync(join(base, 'out'))).toEqual([]);
  });
});

describe('writeInitfs', () => {
  it('needs a bootstrap for format D, and takes SOURCE_DATE_EPOCH for the others', async () => {
    await expect(writeInitfs({ root: dir({}) }, { format: 'D', output: join(base, 'x') })).rejects.toThrow(
      /needs a bootstrap/,
    );
    const before = process.env['SOURCE_DATE_EPOCH'];
    try {
      process.env['SOURCE_DATE_EPOCH'] = '1234567890';
      await writeInitfs({ root: dir({}) }, { format: 'B', output: join(base, 'x') });
      expect((await readInitfs(join(base, 'x'))).header).toMatchObject({
        time: 1234567890n,
        bootstrapEntry: 0xffffffffffffffffn,
      });
      process.env['SOURCE_DATE_EPOCH'] = 'yesterday';
      await expect(writeInitfs({ root: dir({}) }, { format: 'B', output: join(base, 'y') })).rejects.toThrow(
        /SOURCE_DATE_EPOCH is "yesterday"/,
      );
    } finally {
      if (before === undefined) delete process.env['SOURCE_DATE_EPOCH'];
      else process.env['SOURCE_DATE_EPOCH'] = before;
    }
  });
});

describe('extractInitfs', () => {
  it('has bounds, since equal files share their content in an image', async () => {
    const files = Array.from({ length: 40 }, (_, index) => [`f${index}`, file('x'.repeat(1000))] as const);
    const image = await imageOf({ root: dir(Object.fromEntries(files)) });
    const out = join(base, 'out');
    await expect(extractInitfs(image, out, undefined, { entries: 100, bytes: 39_999 })).rejects.toThrow(
      'the image holds more than 0.039999 MB: nothing was extracted',
    );
    await expect(extractInitfs(image, out, undefined, { entries: 39, bytes: 1e6 })).rejects.toThrow(
      'the image holds more than 39 files and folders',
    );
    expect(existsSync(out)).toBe(false);
    await extractInitfs(image, out, undefined, { entries: 40, bytes: 40_000 });
  });

  it('refuses a folder with something in it, and takes an empty one', async () => {
    const image = await imageOf({ root: dir({ 'a b': file('x', true), l: { kind: 'link', target: 'a b' } }) });
    mkdirSync(join(base, 'out'));
    expect(await extractInitfs(image, join(base, 'out'))).toEqual({ files: 1, dirs: 0, links: 1 });
    expect(readlinkSync(join(base, 'out/l'))).toBe('a b');
    expect(lstatSync(join(base, 'out/a b')).mode & 0o777).toBe(0o755);
    await expect(extractInitfs(image, join(base, 'out'))).rejects.toThrow(/the folder is not empty/);
  });

  it('writes nothing if a link leaves the image', async () => {
    const image = await imageOf({ root: dir({ a: file('x'), l: { kind: 'link', target: 'up' } }) });
    (image.root.entries.get('l') as TreeNode & { target: string }).target = '../../up';
    await expect(extractInitfs(image, join(base, 'out'))).rejects.toThrow(/leaves the image: nothing was extracted/);
    expect(existsSync(join(base, 'out'))).toBe(false);
  });
});

describe('diffImages', () => {
  it('says what was added, removed and changed', async () => {
    const link = (target: string): TreeNode => ({ kind: 'link', target });
    const one = await imageOf({
      root: dir({ a: file('12345'), b: file('x', true), c: dir({}), gone: file('g'), l: link('a'), same: file('s') }),
    });
    const two = await imageOf({
      root: dir({
        a: file('123'),
        b: file('x'),
        c: file('now'),
        l: link('b'),
        new: dir({ f: file('ff') }),
        same: file('s'),
      }),
      bootstrap: { ...bootstrap(), bytes: Buffer.concat([bootstrap().bytes.subarray(0, -1), Buffer.from([1])]) },
    });
    expect(diffImages(one, one)).toEqual([]);
    expect(diffImages(one, two)).toEqual([
      { path: '(bootstrap)', change: 'changed', what: 'content', before: 256, after: 256 },
      { path: 'a', change: 'changed', what: 'content', before: 5, after: 3 },
      { path: 'b', change: 'changed', what: 'executable → file', before: 1, after: 1 },
      { path: 'c', change: 'changed', what: 'directory → file', before: 0, after: 3 },
      { path: 'gone', change: 'removed', what: 'file', before: 1 },
      { path: 'l', change: 'changed', what: 'link to a → link to b', before: 0, after: 0 },
      { path: 'new', change: 'added', what: 'directory', after: 0 },
      { path: 'new/f', change: 'added', what: 'file', after: 2 },
    ]);
  });
});

describe('formatOfTypes', () => {
  const types = (header: string[], inode: string[]) => {
    const struct = (name: string, fields: string[]) =>
      `pub struct ${name} {\n${fields.map((field) => `    pub ${field}: U32,\n`).join('')}}\n`;
    return struct('Header', ['magic', 'bootstrap_entry', ...header]) + struct('InodeHeader', ['length', ...inode]);
  };
  it.each([
    ['A', types(['creation_time'], ['uid', 'gid'])],
    ['B', types(['creation_time', 'page_size'], ['uid', 'gid'])],
    ['C', types(['creation_time', 'page_size'], ['type_'])],
    ['D', types(['page_size', 'root_inode'], ['type_'])],
  ])('tells format %s', (format, text) => {
    expect(formatOfTypes(text, 'types.rs')).toBe(format);
  });

  it('refuses the short-lived format between C and D, and other files', () => {
    expect(() => formatOfTypes(types(['creation_time', 'page_size', 'root_inode'], []), 't')).toThrow(
      /between C and D/,
    );
    expect(() => formatOfTypes('pub struct Header { pub x: u8 }', 't')).toThrow(/does not define the initfs header/);
  });
});
