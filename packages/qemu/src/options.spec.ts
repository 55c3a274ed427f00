import { UserError } from '@nx-redox/common';
import { describe, expect, it } from 'vitest';
import { parseBootOptions } from './options';

const good = {
  arch: 'aarch64',
  backend: 'llvm',
  system: 'mini',
  kernel: 'dist/{arch}/{backend}/kernel',
  initrd: 'dist/{arch}/{backend}/initfs.img',
  qemu: { machine: 'virt', cpu: 'max', memory: 64 },
  output: 'dist/{arch}/{backend}/mini/boot',
  stages: [{ name: 'kernel', pattern: 'up', timeout: 1 }],
  debugFiles: ['dist/{arch}/{backend}/debug/kernel'],
};

describe('boot options', () => {
  it('get their placeholders filled and their defaults', () => {
    expect(parseBootOptions(good)).toMatchObject({
      method: 'direct',
      kernel: 'dist/aarch64/llvm/kernel',
      initrd: 'dist/aarch64/llvm/initfs.img',
      output: 'dist/aarch64/llvm/mini/boot',
      debugFiles: ['dist/aarch64/llvm/debug/kernel'],
      fail: [],
      qemu: { args: [] },
    });
  });

  it.each([
    [
      'a broken pattern',
      { stages: [{ name: 'x', pattern: '(', timeout: 1 }] },
      /^stage "x": Invalid regular expression/,
    ],
    [
      'a pattern for everything',
      { stages: [{ name: 'x', pattern: 'a*', timeout: 1 }] },
      /^stage "x": .* matches the empty text/,
    ],
    ['a broken failure pattern', { fail: [{ pattern: '[', cause: 'c' }] }, /^failure "c": Invalid/],
    ['two stages of one name', { stages: [...good.stages, ...good.stages] }, /stage "kernel" is there twice/],
    ['no stages', { stages: [] }, /^boot options, stages: /],
    [
      'a budget of nothing',
      { stages: [{ name: 'x', pattern: 'a', timeout: 0 }] },
      /^boot options, stages\[0\]\.timeout: /,
    ],
    ['an unknown key', { stage: [] }, /"stage"/],
    ['a wrong type', { qemu: { ...good.qemu, memory: '64' } }, /^boot options, qemu\.memory: .*expected number/],
    ['an unknown architecture', { arch: 'mips' }, /^boot options, arch: /],
    ['an unknown method', { method: 'magic' }, /^boot options, method: /],
  ])('with %s are refused', (_, change, message) => {
    const parse = () => parseBootOptions({ ...good, ...change });
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(message);
  });
});
