import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { redox } from '@nx-redox/redox';
import { formatError } from '@nx-redox/kit';
import { parseOptions } from '@nx-redox/kit/options';
import { bundle, type BundleOptions } from './bundle';
import { type BundleExecutorOptions, schema } from './executors/bundle/options';
import bundleExecutor from './executors/bundle/bundle.impl';
import { readInitfs } from './read';
import { bootstrapElf } from './testing/bootstrap-elf';
import { findNode, walk } from './tree';

let root: string;
const put = (path: string, data: string | Uint8Array) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), data);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bundle-'));
  put('dist/aarch64/llvm/bootstrap/boot', bootstrapElf());
  put('dist/aarch64/llvm/init/init', bootstrapElf({ size: 5000 }));
  put('etc/init.rc', 'echo hello\n');
});
afterEach(() => rmSync(root, { recursive: true }));

const options = (change: Partial<BundleExecutorOptions> = {}): BundleOptions =>
  parseOptions(
    schema,
    {
      arch: 'aarch64',
      backend: 'llvm',
      memory: redox.memory,
      bootstrap: 'dist/{arch}/{backend}/bootstrap/boot',
      output: 'dist/{arch}/{backend}/initfs/initfs.img',
      entries: [
        { from: 'dist/{arch}/{backend}/init/init', to: 'bin/init', origin: 'recipe.toml:9' },
        { from: 'etc/init.rc', to: 'etc/init.rc', origin: 'recipe.toml:13' },
        { link: '../bin/init', to: 'lib/first' },
      ],
      ...change,
    },
    'bundle',
  );
const output = () => join(root, 'dist/aarch64/llvm/initfs/initfs.img');

async function failure(change: Partial<BundleExecutorOptions>): Promise<string> {
  const error = await bundle(root, options(change)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'UserError' });
  expect(existsSync(output())).toBe(false);
  return formatError(error);
}

describe('bundle', () => {
  it('writes files, executables, directories and links', async () => {
    const summary = await bundle(root, options());
    const image = await readInitfs(output());
    expect(summary).toMatchObject({ format: 'D', layout: 'compact', inodeCount: 7, bootstrapEntry: 0x2078n });
    expect(image).toMatchObject({ format: 'D', header: { bootstrapEntry: 0x2078n } });
    expect(Buffer.from(image.bootstrap!.bytes)).toEqual(bootstrapElf());
    expect([...walk(image.root)].map(({ path, node }) => `${path} ${node.kind}`)).toEqual([
      'bin dir',
      'bin/init file',
      'etc dir',
      'etc/init.rc file',
      'lib dir',
      'lib/first link',
    ]);
    expect(findNode(image.root, 'bin/init')).toMatchObject({ executable: true });
    expect(findNode(image.root, 'etc/init.rc')).toMatchObject({ executable: false });
    expect(findNode(image.root, 'lib/first')).toMatchObject({ target: '../bin/init' });
    expect(readdirSync(dirname(output()))).toEqual(['artifact.json', 'initfs.img']);
  });

  it('gives the same bytes whatever the order, the file times and the modes', async () => {
    await bundle(root, options());
    const first = readFileSync(output());
    utimesSync(join(root, 'etc/init.rc'), 1, 1);
    chmodSync(join(root, 'etc/init.rc'), 0o755);
    await bundle(root, options({ entries: [...options().entries].reverse() }));
    expect(readFileSync(output()).equals(first)).toBe(true);
  });

  it('names all entries whose file is missing, and where they come from', async () => {
    const text = await failure({
      entries: [
        { from: 'dist/{arch}/{backend}/logd/logd', to: 'bin/logd', origin: 'recipes/mini/initfs/recipe.toml:21' },
        { from: 'etc/none', to: 'etc/none' },
      ],
    });
    expect(text).toMatch(/2 files of the initfs cannot be found/);
    expect(text).toMatch(/bin\/logd ← dist\/aarch64\/llvm\/logd\/logd \(recipes\/mini\/initfs\/recipe\.toml:21\)/);
    expect(text).toMatch(/etc\/none ← etc\/none/);
    expect(text).toMatch(/→ does the recipe install the file there/);
  });

  it('names both entries that claim one place', async () => {
    const entry = options().entries[0]!;
    const text = await failure({ entries: [entry, { ...entry, origin: 'recipe.toml:30' }] });
    expect(text).toMatch(/two entries claim bin\/init[^]*recipe\.toml:9[^]*recipe\.toml:30/);
  });

  it('refuses entries with both or neither of from and link, and directories', async () => {
    expect(await failure({ entries: [{ to: 'x', origin: 'r.toml:1' }] })).toMatch(
      /neither "from" and "link"[^]*r\.toml:1/,
    );
    expect(await failure({ entries: [{ to: 'x', from: 'etc', link: 'y' }] })).toMatch(/both "from" and "link"/);
    expect(await failure({ entries: [{ to: 'x', from: 'etc' }] })).toMatch(/etc is a directory, not a file/);
  });

  it.each([
    ['missing', undefined, /the bootstrap cannot be read: ENOENT[^]*build the recipe/],
    ['a script', Buffer.from('#!/bin/sh\n'), /the bootstrap is not an ELF file/],
    ['damaged', bootstrapElf().subarray(0, 70), /table of 1 program headers/],
    ['for another machine', bootstrapElf({ machine: 62 }), /machine: it is for x86_64, not for aarch64/],
    [
      'linked elsewhere',
      bootstrapElf({ address: 0x3000n }),
      /bootstrap-address: .* is 0x3000, not 0x2000[^]*fix: let the linker script/,
    ],
    [
      'without a usable entry',
      bootstrapElf({ entry: 0x9000n }),
      /entry-executable: its entry point 0x9000 is in no LOAD segment/,
    ],
  ])('refuses a bootstrap that is %s', async (_, bytes, message) => {
    rmSync(join(root, 'dist/aarch64/llvm/bootstrap/boot'));
    if (bytes) put('dist/aarch64/llvm/bootstrap/boot', bytes);
    expect(await failure({})).toMatch(message);
  });

  it('refuses an image over its budget, and says what is large or what grew since the last one', async () => {
    const text = await failure({ sizeBudget: 4096 });
    expect(text).toMatch(/the image has \d+ bytes, \d+ more than its budget of 4096\n/);
    expect(text).toMatch(/no earlier build[^]*bytes +file\n +5000 +bin\/init\n +256 +\(bootstrap\)\n/);

    await bundle(root, options({}));
    const before = readFileSync(output());
    put('etc/init.rc', 'x'.repeat(9000));
    await expect(bundle(root, options({ sizeBudget: 4096 }))).rejects.toThrow(
      /what grew since the last build, which has \d+ bytes:\nbytes +change +file\n +9000 +\+\d+ +etc\/init\.rc$/,
    );
    expect(readFileSync(output())).toEqual(before);
  });

  it('follows a link on the host to its file, but does not take a fifo', async () => {
    symlinkSync('init.rc', join(root, 'etc/alias'));
    await bundle(root, options({ entries: [{ from: 'etc/alias', to: 'etc/alias' }] }));
    expect(findNode((await readInitfs(output())).root, 'etc/alias')?.kind).toBe('file');
  });

  it('puts the files of a pattern, and of an entry for a folder, into that folder', async () => {
    for (const path of ['drv/b', 'drv/a', 'drv/sub/c', 'drv/.hidden']) put(`dist/aarch64/llvm/${path}`, path);
    const places = async (from: string, to: string) => {
      await bundle(root, options({ entries: [{ from: `dist/{arch}/{backend}/${from}`, to }] }));
      return [...walk((await readInitfs(output())).root)].flatMap(({ path, node }) =>
        node.kind === 'file' ? [path] : [],
      );
    };
    expect(await places('drv/*', 'lib/drivers/')).toEqual(['lib/drivers/.hidden', 'lib/drivers/a', 'lib/drivers/b']);
    expect(await places('drv/**', 'lib/')).toEqual(['lib/.hidden', 'lib/a', 'lib/b', 'lib/sub/c']);
    expect(await places('*/sub/c', 'x/')).toEqual(['x/drv/sub/c']);
    expect(await places('drv/a', 'bin/')).toEqual(['bin/a']);
    rmSync(output());
    expect(
      await failure({ entries: [{ from: 'dist/aarch64/llvm/drv/*', to: 'lib/drivers', origin: 'r.toml:3' }] }),
    ).toMatch(
      /may match several files, but "lib\/drivers" is one place[^]*end it with a slash: "lib\/drivers\/"[^]*r\.toml:3/,
    );
    expect(await failure({ entries: [{ from: 'none/*', to: 'lib/', origin: 'r.toml:4' }] })).toMatch(
      /a file of the initfs cannot be found:\n {2}lib\/ ← none\/\* \(r\.toml:4\)/,
    );
    expect(
      await failure({
        entries: [
          { from: 'etc/*', to: 'etc/', origin: 'r.toml:5' },
          { from: 'etc/init.rc', to: 'etc/init.rc', origin: 'r.toml:6' },
        ],
      }),
    ).toMatch(/two entries claim etc\/init\.rc[^]*r\.toml:5[^]*r\.toml:6/);
  });

  it('takes a file whose name looks like a pattern, in a workspace whose path does', async () => {
    const inner = join(root, '[x]*');
    mkdirSync(inner);
    writeFileSync(join(inner, 'boot'), bootstrapElf());
    writeFileSync(join(inner, 'a[1].txt'), 'odd');
    writeFileSync(join(inner, 'b.rc'), 'rc');
    const entries = [
      { from: 'a[1].txt', to: 'odd' },
      { from: '*.rc', to: 'etc/' },
    ];
    await bundle(inner, options({ bootstrap: 'boot', output: 'x.img', entries }));
    const image = await readInitfs(join(inner, 'x.img'));
    expect([...walk(image.root)].map(({ path }) => path)).toEqual(['etc', 'etc/b.rc', 'odd']);
  });

  it('keeps the old image when it fails', async () => {
    await bundle(root, options());
    const before = readFileSync(output());
    await expect(bundle(root, options({ sizeBudget: 1 }))).rejects.toThrow(/budget/);
    expect(readFileSync(output()).equals(before)).toBe(true);
  });
});

describe('executor bundle', () => {
  const context = () => ({ root }) as never;

  it('reports the image, or the error without a stack', async () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(await bundleExecutor(options(), context())).toEqual({ success: true });
      expect(String(out.mock.calls.at(-1)?.[0])).toMatch(/initfs\.img: .* 7 inodes, format D, bootstrap entry 0x2078/);
      expect(await bundleExecutor(options({ sizeBudget: 1 }), context())).toEqual({ success: false });
      expect(String(err.mock.calls.at(-1)?.[0])).toMatch(/budget/);
      expect(String(err.mock.calls.at(-1)?.[0])).not.toMatch(/ {4}at /);
    } finally {
      out.mockRestore();
      err.mockRestore();
    }
  });
});
