import { ARCHES } from '@nx-redox/kit';
import { compilePattern, patternProblem } from '@nx-redox/kit/pattern';
import { describe, expect, it } from 'vitest';
import { bootStages, redox } from '.';

describe('the dialect', () => {
  it('is plain data, so that it can be an option of a task', () => {
    expect(JSON.parse(JSON.stringify(redox))).toEqual(redox);
  });

  it('has patterns that can be compiled', () => {
    const { user, password, prompt } = redox.login;
    const guest = Object.values(redox.guest).filter((value) => typeof value === 'string');
    const others = [...redox.stages, ...redox.failures].map(({ pattern }) => pattern);
    for (const pattern of [...guest, user, password, prompt, ...others]) {
      expect(patternProblem(pattern), pattern).toBeUndefined();
    }
  });

  it('takes the lines of a real boot for its stages, in their order', () => {
    const log = [
      'BdsDxe: loading Boot0001 "UEFI QEMU NVMe Ctrl" from PciRoot(0x0)/Pci(0x2,0x0)/NVMe(0x1)',
      'Redox OS Bootloader 1.0.0 on aarch64/UEFI',
      'RedoxFS 1f2e3d4c-0000-4000-8000-000000000000: 100 MiB',
      'kernel::arch::aarch64::start:INFO -- Redox OS starting...',
      'kernel::startup::memory:INFO -- Memory: 928 MB',
      'kernel::syscall::process:DEBUG -- Bootstrap entry point: 3000',
      'init: switchroot to /scheme/initfs /scheme/initfs/etc',
      'pcid-spawner: spawn "/scheme/initfs/lib/drivers/nvmed"',
      'init: switchroot to /usr /etc',
      '########## Redox OS ##########',
      'redox login: root',
      'password: ',
      'Welcome to Redox OS!',
      'root:~# echo nx-redox"-shell"',
      'nx-redox-shell',
    ];
    const stages = bootStages('aarch64', 'uefi', { user: 'root', password: 'secret' });
    let at = 0;
    const found = stages.map(({ name, pattern }) => {
      // A prompt has no end, and nothing behind it yet.
      const matches = (line: string) => compilePattern(pattern).test(line.replace(/(?<=# ).*|(?<=login: ).*/, ''));
      while (at < log.length && !matches(log[at]!)) at++;
      return `${name} ${at}`;
    });
    expect(found).toEqual([
      'firmware 0',
      'loader 1',
      'kernel 3',
      'bootstrap 5',
      'init 6',
      'drivers 7',
      'root 8',
      'login 10',
      'password 11',
      'session 13',
      'shell 14',
    ]);
    expect(stages.flatMap(({ send }) => send ?? [])).toEqual(['root\r', 'secret\r', 'echo nx-redox"-shell"\r']);
    // What is typed comes back, and must not count as the answer.
    expect(compilePattern(stages.at(-1)!.pattern).test(log.at(-2)!)).toBe(false);
  });

  it('leaves out what an architecture or a way of booting does not show', () => {
    const names = (...args: Parameters<typeof bootStages>) => bootStages(...args).map(({ name }) => name);
    expect(names('x86_64', 'bios')).toEqual(['loader', 'kernel', 'init', 'drivers', 'root']);
    expect(names('aarch64', 'direct')).toEqual(['kernel', 'bootstrap', 'init', 'drivers', 'root']);
    expect(names('x86_64', 'uefi', { user: 'user' }).slice(-3)).toEqual(['login', 'session', 'shell']);
    for (const arch of ARCHES) {
      const all = names(arch, 'uefi', { user: 'root', password: 'x' });
      expect(new Set(all).size).toBe(all.length);
    }
  });

  it('tells what died, and of what', () => {
    const died = compilePattern(redox.guest.death);
    const line = (name: string, pid: string) =>
      `kernel::context::signal:INFO -- UNHANDLED EXCEPTION, CPU #0, PID ${pid}, NAME ${name}, CONTEXT 0xfffffe80002201e0`;
    expect(died.find(line('/bin/toastd', '3'))?.groups).toEqual({ pid: '3', program: '/bin/toastd' });
    expect(died.find(line('[bootstrap]', '#1'))?.groups).toEqual({ pid: '1', program: '[bootstrap]' });
    const panic = compilePattern(redox.guest.kernelPanic);
    expect(panic.find('KERNEL PANIC: panicked at src/main.rs:1:2:')?.groups['message']).toBe(
      'panicked at src/main.rs:1:2:',
    );
  });
});
