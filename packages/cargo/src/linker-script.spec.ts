import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeLinkerScript } from './linker-script';
import type { BuildTask } from './task';

describe('placeLinkerScript', () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'nx-redox-script-'))));
  afterEach(() => rm(root, { recursive: true, force: true }));

  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const place = () => {
    const task = { project: 'logd', workspaceRoot: root, linkerScript: join(root, 'rt/program.ld') } as BuildTask;
    return placeLinkerScript(task, join(root, 'placed'), root);
  };

  it('gives the script another name for each content of what it includes, however deep', async () => {
    await write('rt/program.ld', '/* INCLUDE no.x */\nINCLUDE memory.x\nSECTIONS { }\n');
    await write('rt/memory.x', 'INCLUDE "base.x"\n');
    await write('base.x', 'BASE = 1;\n');
    const first = await place();
    expect(first?.files).toEqual(['rt/program.ld', 'rt/memory.x', 'base.x'].map((path) => join(root, path)));
    const text = await readFile(first!.path, 'utf8');
    const [, memory] = /^INCLUDE (memory-[0-9a-f]{16}\.x)$/m.exec(text) ?? [];
    expect(text.split('\n')).toHaveLength(4);
    expect(await readFile(join(root, 'placed', memory!), 'utf8')).toMatch(/^INCLUDE "base-[0-9a-f]{16}\.x"\n$/);

    await write('base.x', 'BASE = 2;\n');
    const second = await place();
    expect(basename(second!.path)).not.toBe(basename(first!.path));
    await write('base.x', 'BASE = 1;\n');
    expect(await place()).toEqual(first);
  });

  it('takes the file beside the script before that of the Cargo workspace', async () => {
    await write('rt/program.ld', 'INCLUDE memory.x\n');
    await write('memory.x', 'A');
    const far = await place();
    await write('rt/memory.x', 'B');
    const near = await place();
    expect([far!.files[1], near!.files[1]]).toEqual([join(root, 'memory.x'), join(root, 'rt/memory.x')]);
  });

  it('leaves the linker what it may find elsewhere, and refuses a circle', async () => {
    await write('rt/program.ld', 'INCLUDE elsewhere.x\n');
    expect(await readFile((await place())!.path, 'utf8')).toBe('INCLUDE elsewhere.x\n');
    await write('rt/program.ld', 'INCLUDE program.ld\n');
    await expect(place()).rejects.toThrow(/they include each other/);
    expect((await readdir(join(root, 'placed'))).some((name) => name.endsWith('.tmp'))).toBe(false);
  });
});
