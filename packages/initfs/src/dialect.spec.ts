import type { Dialect } from '@nx-redox/kit';
import { describe, expect, it } from 'vitest';
import { checkedBootstrap } from './bootstrap';
import { planImage } from './layout';
import { namedPrograms } from './named-programs';
import { bootstrapElf } from './testing/bootstrap-elf';
import { dir, file } from './testing/trees';
import { verifyInitfs } from './verify';
import { imageBytes } from './write';

/** Another system than Redox: nothing of this package may depend on which one it is. */
const toy: Pick<Dialect, 'name' | 'memory' | 'init'> = {
  name: 'Toy',
  memory: { image: 0x40_0000, bootstrap: 0x40_1000 },
  init: {
    mount: '/img/',
    program: 'start',
    script: 'boot.txt',
    units: ['units'],
    drivers: ['drivers.toml'],
    words: { in: 2, say: 'builtin', PATHS: 'variable', also: 'script', every: 'scripts', bye: 'leave' },
  },
};
const dialect = toy as Dialect;

describe('another system', () => {
  it('has words and places of its own', () => {
    const root = dir({
      'boot.txt': file('say nowait\nnowait logd\nin scheme logd\nalso /img/more.txt\nevery /img/d\nbye x\nnot read\n'),
      'more.txt': file('PATHS PATH /img/p\nzerod\n'),
      d: dir({ a: file('/img/p/a\n'), b: file('/scheme/initfs/b\n') }),
      units: dir({ 'x.service': file('[unit]\n[service]\ncmd = "unit"\n') }),
      'drivers.toml': file('[[drivers]]\ncommand = ["/img/driver"]\n'),
    });
    const { programs, problems } = namedPrograms(root, toy.init);
    expect(programs.map(({ from, candidates }) => `${from} ${candidates}`)).toEqual([
      'boot.txt:2 bin/nowait',
      'boot.txt:3 bin/logd',
      'more.txt:2 p/zerod',
      'd/a:1 p/a',
      'units/x.service bin/unit',
      'drivers.toml driver',
    ]);
    expect(problems).toEqual([]);
  });

  it('has addresses of its own', () => {
    const here = bootstrapElf({ address: 0x40_1000n });
    const { memory } = toy;
    expect(checkedBootstrap(here, 'boot', 'aarch64', memory).bytes).toBe(here);
    expect(() => checkedBootstrap(bootstrapElf(), 'boot', 'aarch64', memory)).toThrow(/not 0x401000/);
    const root = dir({ start: file(bootstrapElf({ address: 0x400000n }), true) });
    const image = (bytes: Uint8Array) =>
      imageBytes(
        planImage(
          { root, bootstrap: { bytes, entry: checkedBootstrap(here, 'boot', 'aarch64', memory).entry } },
          { format: 'D', layout: 'compatible', time: 0n },
        ),
      );
    expect(verifyInitfs(image(here), { dialect }).problems).toEqual([]);
  });
});
