import { cp, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from './workspace';

const IMAGE = 'dist/aarch64/cranelift/initfs/initfs.img';

interface Entry {
  path: string;
  inode: number;
}

describe('the image of mini', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await createWorkspace();
    const { exitCode, output } = await workspace.nx(['run-many', '-t', 'bundle-cranelift', 'bundle-llvm']);
    expect(exitCode, output).toBe(0);
  });
  afterAll(() => workspace?.remove());

  const tool = async (name: 'redox-initfs' | 'redox-elf', ...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(join(workspace.root, 'node_modules/.bin', name), args, {
      cwd: workspace.root,
    });
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    return { exitCode, out: stdout, err: stderr };
  };
  const initfs = (...args: string[]) => tool('redox-initfs', ...args);
  const json = async <T>(...args: string[]) => JSON.parse((await initfs(...args, '--json')).out) as T;

  /** Takes the image apart; `tree` and `boot` are new names in the workspace's tmp folder. */
  const extract = async (name: string) => {
    const [tree, boot] = [`tmp/${name}`, `tmp/${name}.boot`];
    await workspace.write('tmp/.keep', '');
    const { exitCode, err } = await initfs('extract', `--bootstrap=${boot}`, IMAGE, tree);
    expect(exitCode, err).toBe(0);
    return { tree, boot };
  };

  it('passes', async () => {
    expect(await initfs('verify', IMAGE)).toMatchObject({ exitCode: 0, out: `${IMAGE}: ok (format D)\n` });
  });

  it('comes back byte for byte from its files, whatever their times', async () => {
    const { tree, boot } = await extract('same');
    await utimes(join(workspace.root, tree, 'bin/init'), 1, 1);
    expect((await initfs('create', tree, boot, '-o', 'tmp/same.img')).exitCode).toBe(0);
    expect(await readFile(join(workspace.root, 'tmp/same.img'))).toEqual(await readFile(join(workspace.root, IMAGE)));
    expect(await initfs('diff', IMAGE, 'tmp/same.img')).toMatchObject({ exitCode: 0, out: '' });
  });

  describe('fails, each with its own message:', () => {
    /** Writes a changed copy and verifies it. */
    const verifyChanged = async (
      name: string,
      change: (bytes: Buffer, inodeAt: (path: string) => number) => Buffer | void,
    ) => {
      const { header } = await json<{ header: { inodeTableOffset: number } }>('info', IMAGE);
      const entries = await json<Entry[]>('list', IMAGE);
      const inodeAt = (path: string) =>
        header.inodeTableOffset + 12 * entries.find((entry) => entry.path === path)!.inode;
      const bytes = await readFile(join(workspace.root, IMAGE));
      const file = `tmp/${name}.img`;
      await workspace.write(file, '');
      await writeFile(join(workspace.root, file), change(bytes, inodeAt) ?? bytes);
      const { exitCode, out } = await initfs('verify', file);
      expect(exitCode).toBe(1);
      return { file, lines: out.trimEnd().split('\n').slice(1) };
    };

    it('a wrong entry', async () => {
      const { lines } = await verifyChanged('entry', (bytes) => void bytes.writeBigUInt64LE(0x4000n, 0x1a));
      expect(lines).toEqual([
        expect.stringMatching(
          /^ {2}error bootstrap-entry: the header says the entry 0x4000, the bootstrap's own is 0x\w+$/,
        ),
      ]);
    });

    it('overlapping data', async () => {
      const { lines } = await verifyChanged('overlap', (bytes, inodeAt) => {
        bytes.writeUInt32LE(bytes.readUInt32LE(inodeAt('bin/init') + 8) + 4096, inodeAt('bin/logd') + 8);
      });
      expect(lines[0]).toMatch(
        /^ {2}error overlap: \/bin\/logd: the data at .* lies on the data at .* of \/bin\/init$/,
      );
    });

    it('a cut-off end', async () => {
      const { lines } = await verifyChanged('cut', (bytes) => bytes.subarray(0, -5000));
      expect(lines[0]).toMatch(/^ {2}error cut-off: the image says it has \d+ bytes, the file ends after \d+/);
      expect(lines.join('\n')).not.toMatch(/error program/);
    });

    it('a link out of the tree, which is not extracted either', async () => {
      const target = '../../etc/passwd';
      const { file, lines } = await verifyChanged('link', (bytes, inodeAt) => {
        const at = inodeAt('etc/init.rc');
        bytes.writeUInt32LE(3, at);
        bytes.writeUInt32LE(target.length, at + 4);
        bytes.write(target, bytes.readUInt32LE(at + 8));
      });
      expect(lines).toEqual([`  error link: /etc/init.rc: the link to "${target}" leaves the image`]);
      const { exitCode, err } = await initfs('extract', file, 'tmp/out');
      expect(exitCode).toBe(1);
      expect(err).toMatch(/leaves the image: nothing was extracted/);
    });

    it('a program that init.rc names', async () => {
      const { tree, boot } = await extract('missing');
      await workspace.edit(`${tree}/etc/init.rc`, /$/, 'nothere -v\n');
      await initfs('create', tree, boot, '-o', 'tmp/missing.img');
      const { exitCode, out } = await initfs('verify', 'tmp/missing.img');
      expect(exitCode).toBe(1);
      expect(out).toMatch(
        /error program: \/bin\/nothere: etc\/init\.rc:\d+ starts "nothere", but there is no bin\/nothere/,
      );
      expect((await initfs('diff', IMAGE, 'tmp/missing.img')).out).toMatch(
        /^~ +etc\/init\.rc +\d+ +\d+ +\+11 +content$/m,
      );
    });
  });

  it('keeps what redox-elf can check in every program', async () => {
    const { tree, boot } = await extract('elf');
    await cp(join(workspace.root, boot), join(workspace.root, 'tmp/bootstrap'));
    const { exitCode, out } = await tool(
      'redox-elf',
      'check',
      '--backend=cranelift',
      'tmp/bootstrap',
      `${tree}/bin/init`,
    );
    expect(out).toBe(`tmp/bootstrap: ok (bootstrap)\n${tree}/bin/init: ok (program)\n`);
    expect(exitCode).toBe(0);
  });

  describe('targets', () => {
    const task = async (...args: string[]) => {
      const { exitCode, output } = await workspace.nx(['run', ...args]);
      expect(exitCode, output).toBe(0);
      return output;
    };

    it('initfs:inspect shows parts and files', async () => {
      const output = await task('initfs:inspect');
      expect(output).toMatch(/format +D$/m);
      expect(output).toMatch(/^-r-xr-xr-x +\d+ bin\/init$/m);
    });

    it('initfs:size puts Cranelift beside LLVM', async () => {
      const output = await task('initfs:size');
      expect(output).toMatch(/Cranelift +LLVM +change +ratio +file/);
      expect(output).toMatch(/\d+ +\d+ +\+\d+ +\d+\.\d\dx +bin\/logd$/m);
      expect(output).toMatch(/\d+\.\d% +\d+ +\d+\.\d% +\+\d+ +\d+\.\d\dx +code$/m);
      expect(await task('initfs:size')).toMatch(/nx run initfs:size\s+\[(local cache|existing outputs)/);
    });

    it('size of a component, for scripts', async () => {
      const output = await task('logd:size', '--json');
      const sizes = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
      expect(sizes.cranelift.files['usr/bin/logd']).toBeGreaterThan(sizes.llvm.files['usr/bin/logd']);
      expect(sizes.llvm.programs.code).toBeGreaterThan(0);
    });

    it('check-elf says what is worth knowing of a kernel', async () => {
      const output = await task('kernel:check-elf');
      expect(output).toMatch(/usr\/lib\/boot\/kernel: ok \(kernel\)/);
      expect(output).toMatch(/info kernel-fp: \d+ FP or SIMD instructions in /);
    });
  });
});
