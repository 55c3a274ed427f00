import { UserError } from '@nx-redox/kit';
import { redox } from '@nx-redox/redox';
import { describe, expect, it } from 'vitest';
import { parseBootOptions, parseMachineOptions } from './options';

const good = {
  arch: 'aarch64',
  backend: 'llvm',
  system: 'mini',
  kernel: 'dist/{arch}/{backend}/kernel',
  initrd: 'dist/{arch}/{backend}/initfs.img',
  qemu: { machine: 'virt', cpu: 'max', memory: 64 },
  guest: redox.guest,
  output: 'dist/{arch}/{backend}/mini/boot',
  stages: [{ name: 'kernel', pattern: 'up', timeout: 1 }],
  debugFiles: ['dist/{arch}/{backend}/debug/kernel'],
};

const without = (object: object, ...keys: string[]) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

describe('boot options', () => {
  it('get their placeholders filled and their defaults', () => {
    expect(parseBootOptions(good)).toMatchObject({
      source: { method: 'direct', kernel: 'dist/aarch64/llvm/kernel', initrd: 'dist/aarch64/llvm/initfs.img' },
      output: 'dist/aarch64/llvm/mini/boot',
      debugFiles: ['dist/aarch64/llvm/debug/kernel'],
      fail: [],
      qemu: { args: [], cpus: 1, disk: 'virtio', network: 'none', accelerate: false },
    });
  });

  it('boot from a disk by UEFI or by a BIOS', () => {
    const rest = without(good, 'kernel', 'initrd');
    const uefi = { ...rest, method: 'uefi', disk: 'dist/{arch}/{backend}/disk.img' };
    expect(parseBootOptions(uefi).source).toEqual({ method: 'uefi', disk: 'dist/aarch64/llvm/disk.img' });
    const x86 = { ...without(uefi, 'stages', 'debugFiles'), arch: 'x86_64' };
    expect(parseMachineOptions({ ...x86, firmware: 'fw/{arch}.fd' }).source).toMatchObject({
      firmware: 'fw/x86_64.fd',
    });
    expect(parseMachineOptions({ ...x86, method: 'bios' }).source).toEqual({
      method: 'bios',
      disk: 'dist/x86_64/llvm/disk.img',
    });
    expect(() => parseMachineOptions({ ...x86, arch: 'aarch64', method: 'bios' })).toThrow(
      /"bios" is not possible for aarch64/,
    );
    expect(() => parseMachineOptions({ ...x86, method: 'bios', firmware: 'x' })).toThrow(
      'boot options, firmware: this belongs to method "uefi", but the method is "bios"',
    );
  });

  it.each([
    [
      'a broken pattern',
      { stages: [{ name: 'x', pattern: '(', timeout: 1 }] },
      /^stage "x": the pattern is not a regular expression/,
    ],
    [
      'a pattern for everything',
      { stages: [{ name: 'x', pattern: 'a*', timeout: 1 }] },
      /^stage "x": .* matches the empty text/,
    ],
    [
      'a broken failure pattern',
      { fail: [{ pattern: '[', cause: 'c' }] },
      /^failure "c": the pattern is not a regular/,
    ],
    [
      'a pattern that looks ahead',
      { fail: [{ pattern: 'a(?=b)', cause: 'c' }] },
      /^failure "c": the pattern looks ahead or behind/,
    ],
    ['two stages of one name', { stages: [...good.stages, ...good.stages] }, /stage "kernel" is there twice/],
    ['no machine', { qemu: undefined }, /^boot options: option qemu /],
    ['a machine without memory', { qemu: { machine: 'virt', cpu: 'max' } }, /^boot options: option qemu\.memory /],
    [
      'a broken word of the system',
      { guest: { ...good.guest, death: '(' } },
      /^guest\.death: the pattern is not a regular/,
    ],
    ['no stages', { stages: [] }, /^boot options: option stages: /],
    [
      'a budget of nothing',
      { stages: [{ name: 'x', pattern: 'a', timeout: 0 }] },
      /^boot options: option stages\[0\]\.timeout /,
    ],
    ['an unknown key', { stage: [] }, /there is no option stage/],
    ['a wrong type', { qemu: { ...good.qemu, memory: '64' } }, /^boot options: option qemu\.memory .*expected number/],
    ['an unknown architecture', { arch: 'mips' }, /^boot options: option arch /],
    ['an unknown method', { method: 'magic' }, /^boot options: option method /],
    [
      'a method that is not possible',
      { arch: 'x86_64' },
      /^boot options, method: "direct" is not possible for x86_64$/,
    ],
    ['no kernel', { kernel: undefined }, /^boot options, kernel: method "direct" needs it$/],
    [
      'no disk',
      { method: 'uefi', kernel: undefined, initrd: undefined },
      /^boot options, disk: method "uefi" needs it$/,
    ],
    [
      'a disk that would not be used',
      { disk: 'disk.img' },
      /^boot options, disk: this belongs to method "uefi" or "bios", but the method is "direct"$/,
    ],
    [
      'a kernel that would not be used',
      { method: 'uefi', disk: 'disk.img' },
      /^boot options, kernel: this belongs to method "direct", but the method is "uefi"$/,
    ],
    ['a budget of nothing for all', { timeout: 0 }, /^boot options: option timeout /],
  ])('with %s are refused', (_, change, message) => {
    const parse = () => parseBootOptions({ ...good, ...change });
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(message);
  });
});
