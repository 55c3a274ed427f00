import { run, UserError } from '@nx-redox/kit';
import { redox } from '@nx-redox/redox';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bootSystem } from './boot';
import type { BootInput } from './options';
import type { BootReport } from './report';
import { elfFile } from './testing/elf-file';
import { guest, RAW_BASE, type Step } from './testing/guest';
import { qemusIn } from './testing/processes';

let root: string;
let printed: string;
const out = { write: (text: string) => (printed += text) };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-boot-'));
  printed = '';
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

const options = (changes: Partial<BootInput> = {}): BootInput => ({
  arch: 'aarch64',
  backend: 'cranelift',
  system: 'toy',
  kernel: 'kernel.bin',
  qemu: { machine: 'virt', cpu: 'cortex-a72', memory: 64 },
  guest: redox.guest,
  output: 'dist/{arch}/{backend}/toy/boot',
  stages: [
    { name: 'kernel', pattern: 'kernel is up', timeout: 10 },
    { name: 'login', pattern: 'login:', timeout: 10 },
  ],
  ...changes,
});

const OUTPUT = 'dist/aarch64/cranelift/toy/boot';
const saved = (file: string) => readFile(join(root, OUTPUT, file), 'utf8');

async function boot(steps: Step[], changes: Partial<BootInput> = {}, signal?: AbortSignal): Promise<BootReport> {
  await writeFile(join(root, 'kernel.bin'), guest(...steps));
  return bootSystem(options(changes), { workspaceRoot: root, out, signal });
}

describe('a boot in QEMU', () => {
  it('marks a failure in a change where GitHub runs it, whatever the guest says', async () => {
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    await boot([{ say: 'kernel is up\r\n' }, { say: '::error::KERNEL PANIC: no, toaster\r\n' }, { exit: 53 }], {
      fail: [{ pattern: 'KERNEL PANIC', cause: 'the kernel panicked' }],
    });
    const commands = printed.split('\n').filter((line) => /^\s*::/.test(line));
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(
      /^::error title=toy%2C aarch64%2C cranelift%3A failed::.*KERNEL PANIC: no, toaster|the kernel panicked/,
    );
  });

  it('of a disk that is not what was built fails, however far it came, and starts nothing that stays', async () => {
    const folder = join(root, 'dist/aarch64/cranelift/toy/image');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'disk.img'), Buffer.alloc(1 << 20));
    const record = (file: object) => writeFile(join(folder, 'artifact.json'), JSON.stringify({ files: [file] }));
    const change = {
      method: 'uefi',
      kernel: undefined,
      disk: 'dist/aarch64/cranelift/toy/image/disk.img',
      firmware: 'firmware.fd',
    } as const;
    await writeFile(join(root, 'firmware.fd'), Buffer.alloc(64 << 20));
    await record({ path: 'disk.img', size: 1 << 20, sha256: '0'.repeat(64) });
    await expect(boot([], change)).rejects.toThrow('the content of this file is not what was built');
    await record({ path: 'disk.img', size: 7, sha256: '0'.repeat(64) });
    await expect(boot([], change)).rejects.toThrow('this file has 1048576 bytes, but 7 were built');
    await rm(join(folder, 'disk.img'));
    await expect(boot([], change)).rejects.toThrow('the disk to boot is not there');
    expect(await qemusIn(root)).toEqual([]);
  });

  it('passes when all stages come and the guest ends with 51, and leaves a report', async () => {
    const report = await boot([
      { say: 'kernel is up\r\n' },
      { count: 20 },
      { say: '\x1b[32mtoy login:' },
      { exit: 51 },
    ]);
    expect(report).toMatchObject({
      verdict: 'passed',
      cause: 'the guest ended with success (exit code 51)',
      exitCode: 51,
      lastLines: ['kernel is up', 'toy login:'],
      stages: [
        { name: 'kernel', reached: true, line: 'kernel is up' },
        { name: 'login', reached: true, line: 'toy login:' },
      ],
      qemuVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    const [first, second] = report.stages;
    expect(first!.seconds).toBeGreaterThan(0);
    expect(second!.seconds).toBeGreaterThan(first!.seconds!);
    expect(JSON.parse(await saved('report.json'))).toEqual(report);
    expect(await saved('serial.log')).toBe('kernel is up\r\n\x1b[32mtoy login:');
    expect(await saved('junit.xml')).toMatch(/tests="3" failures="0" skipped="0"/);
    expect(printed).toMatch(/✓ kernel +\d\.\d\d s {2}kernel is up\n✓ login +\d\.\d\d s {2}toy login:\npassed: 2 of 2/);
    expect(await qemusIn(root)).toEqual([]);
  });

  it('can be repeated by hand with the command in the report', async () => {
    const { command } = await boot([{ say: 'kernel is up\nlogin: ' }, { exit: 51 }]);
    const [program, ...args] = command;
    const again = await run(program!, args, { cwd: root });
    expect(again).toMatchObject({ exitCode: 51, stdout: 'kernel is up\nlogin: ' });
  });

  it('types what a stage says', async () => {
    const stages = [
      { name: 'login', pattern: 'login: $', timeout: 10, send: 'root\r' },
      { name: 'session', pattern: 'hello root', timeout: 10 },
    ];
    const steps: Step[] = [
      { say: 'login: ' },
      { echo: 5 },
      { say: '\nhello ' },
      { echo: 4 },
      { say: '\n' },
      { exit: 51 },
    ];
    const [login, session] = stages;
    const report = await boot(steps, {
      stages: [login!, { name: 'echo', pattern: 'root', timeout: 10, send: 'root' }, session!],
    });
    expect(report).toMatchObject({ verdict: 'passed', lastLines: ['login: root', 'hello root'] });

    const mute = await boot(steps, {
      stages: [
        { ...login!, send: undefined },
        { ...session!, timeout: 1 },
      ],
    });
    expect(mute).toMatchObject({ verdict: 'timeout', lastLines: ['login: '] });
  });

  it('hands over the initrd', async () => {
    await writeFile(join(root, 'initfs.img'), 'RedoxFtw');
    const report = await boot([{ say: 'kernel is up\n' }, { find: 'RedoxFtw' }, { say: 'login: ' }, 'off'], {
      initrd: 'initfs.img',
    });
    expect(report).toMatchObject({ verdict: 'passed', exitCode: 0 });
    expect(report.command).toContain('initfs.img');
  });

  it('fails when the guest ends with 53', async () => {
    const report = await boot([{ say: 'kernel is up\nlogin:\n' }, { exit: 53 }]);
    expect(report).toMatchObject({ verdict: 'failed', exitCode: 53 });
    expect(report.cause).toBe('the guest ended with failure (exit code 53) after the last stage');
  });

  it('fails when the guest ends before all stages, and names the missing one', async () => {
    const report = await boot([{ say: 'kernel is up\n' }, 'off']);
    expect(report).toMatchObject({ verdict: 'failed', exitCode: 0 });
    expect(report.cause).toMatch(/turned itself off.* before stage "login"; the last stage reached is "kernel"/);
    expect(await saved('junit.xml')).toMatch(/name="login"[^>]*><failure type="failed"/);
    expect(printed).toContain('✗ login');
  });

  it('passes when the last stage came and the guest goes on running', async () => {
    const report = await boot([{ say: 'kernel is up\nlogin: ' }, 'hang']);
    expect(report).toMatchObject({ verdict: 'passed', exitCode: null, cause: 'the guest goes on running' });
    expect(await qemusIn(root)).toEqual([]);
  });

  it('times out with the last stage reached, the last lines and the program counter', async () => {
    const report = await boot([{ say: 'kernel is up\nprobing the toaster' }, 'hang'], {
      stages: [
        { name: 'kernel', pattern: 'kernel is up', timeout: 10 },
        { name: 'login', pattern: 'login:', timeout: 0.5 },
      ],
    });
    expect(report).toMatchObject({
      verdict: 'timeout',
      cause: 'stage "login" did not come within 0.5 s; the last stage reached is "kernel"',
      lastLines: ['kernel is up', 'probing the toaster'],
      machine: { status: 'running' },
    });
    // The guest hangs in its seventh word.
    expect(report.machine!.registers.PC).toBe('0000000040080018');
    expect(report.trace).toEqual([{ address: '0x40080018', kind: 'PC', hits: [] }]);
    expect(printed).toMatch(/probing the toaster\n[^]*PC=0000000040080018[^]*by hand: qemu-system-aarch64 /);
    expect(await qemusIn(root)).toEqual([]);
  });

  it('boots an ELF kernel and names the functions where it hangs and where that was called', async () => {
    const code = guest({ frame: RAW_BASE + 4 }, { say: 'kernel is up\n' }, 'hang');
    const functions = [
      { name: '_RNvCs1234_6kernel4main', at: 0, size: 4 },
      { name: '_RNvNtCs1234_6kernel4wait5event', at: 4, size: code.length - 4 },
    ];
    const base = BigInt(RAW_BASE);
    await writeFile(join(root, 'kernel'), elfFile(code, { virtual: base, physical: base }, functions));
    const report = await boot([], {
      kernel: 'kernel',
      debugFiles: ['kernel', 'dist/{arch}/gone'],
      stages: [
        { name: 'kernel', pattern: 'kernel is up', timeout: 10 },
        { name: 'login', pattern: 'login:', timeout: 0.3 },
      ],
    });
    expect(report.verdict).toBe('timeout');
    expect(report.trace).toMatchObject([
      { address: '0x4008001c', kind: 'PC', hits: [{ function: 'kernel::wait::event', offset: 0x18, file: 'kernel' }] },
      { address: '0x40080004', kind: 'frame', hits: [{ function: 'kernel::main', offset: 4, file: 'kernel' }] },
    ]);
    expect(report.messages).toEqual([]);
    expect(report.notes).toEqual([expect.stringMatching(/^no symbols from dist\/aarch64\/gone: ENOENT/)]);
    expect(printed).toContain('kernel::main+0x4 (kernel)');
    expect(report.command).toContain(`${OUTPUT}/kernel.img`);
  });

  it('tells programs with the same addresses apart by the code in memory', async () => {
    const code = guest({ say: 'kernel is up\n' }, { count: 1 }, 'hang', { say: 'never' });
    const base = BigInt(RAW_BASE);
    const symbol = (name: string) => [{ name, at: 0, size: code.length }];
    const other = Buffer.alloc(code.length, 1);
    await writeFile(join(root, 'real'), elfFile(code, { virtual: base, physical: base }, symbol('real_one')));
    await writeFile(join(root, 'other'), elfFile(other, { virtual: base, physical: base }, symbol('other_one')));
    const report = await boot([], {
      kernel: 'real',
      debugFiles: ['other', 'real'],
      stages: [{ name: 'login', pattern: 'login:', timeout: 0.5 }],
    });
    expect(report.trace).toMatchObject([{ kind: 'PC', hits: [{ function: 'real_one', file: 'real' }] }]);
  });

  it('looks addresses of a panic up in the program that was running', async () => {
    const code = guest({ say: 'x' }, 'hang');
    const program = (name: string) =>
      elfFile(code, { virtual: 0x2000n, physical: 0x2000n }, [{ name, at: 0, size: 32 }]);
    await writeFile(join(root, 'logd'), program('_RNvCs1234_4logd4main'));
    await writeFile(join(root, 'zerod'), program('_RNvCs1234_5zerod4main'));
    const panic = 'FP 0000000000007f80: PC 0000000000002014\nUNHANDLED EXCEPTION, CPU #0, PID 3, NAME bin/logd\n';
    const report = await boot([{ say: `kernel is up\n${panic}` }, 'hang'], {
      debugFiles: ['logd', 'zerod'],
      fail: [{ pattern: 'UNHANDLED EXCEPTION', cause: 'a program died' }],
    });
    expect(report.cause).toBe('a program died');
    expect(printed).toContain(
      'died:    bin/logd (PID 3), in logd::main+0x14 (logd)\n    0x2014              frame   logd::main+0x14 (logd)\n',
    );
  });

  it('tells of programs that died although it passed', async () => {
    const code = guest('hang');
    const elf = elfFile(code, { virtual: 0x2000n, physical: 0x2000n }, [{ name: 'toast', at: 0, size: 4 }]);
    await writeFile(join(root, 'toastd'), elf);
    const dump = 'ELR_EL1: 0000000000002000\nESR_EL1: 0000000002000000\n';
    const died = 'UNHANDLED EXCEPTION, CPU #0, PID 3, NAME /bin/toastd, CONTEXT 0xfffffe80002201e0\n';
    const report = await boot([{ say: `kernel is up\n${dump}${died}login:` }, { exit: 51 }], {
      debugFiles: ['toastd', 'gone'],
    });
    expect(report).toMatchObject({
      verdict: 'passed',
      deaths: [{ program: '/bin/toastd', pid: 3, trace: [{ hits: [{ function: 'toast', file: 'toastd' }] }] }],
      exceptions: [],
      trace: [],
      lastLines: ['kernel is up', expect.stringContaining('NAME /bin/toastd'), 'login:'],
    });
    expect(printed).toMatch(
      / {2}died: {4}\/bin\/toastd \(PID 3\), ESR 0x0000000002000000: an instruction .*, in toast\+0x0 \(toastd\)\npassed: /,
    );
  });

  it('ends at once at a line that means failure, with the rest of the panic', async () => {
    const report = await boot(
      [{ say: 'kernel is up\nKERNEL PANIC: no toaster\n' }, { count: 5 }, { say: 'HALT\n' }, 'hang'],
      {
        fail: [{ pattern: 'KERNEL PANIC', cause: 'the kernel panicked' }],
      },
    );
    expect(report).toMatchObject({ verdict: 'failed', cause: 'the kernel panicked' });
    expect(report.lastLines).toEqual(['kernel is up', 'KERNEL PANIC: no toaster', 'HALT']);
  });

  it('leaves no process behind when it is stopped, but a report', async () => {
    const controller = new AbortController();
    const stopped = new UserError('stopped by SIGINT');
    const wait = { write: (text: string) => text.includes('✓ kernel') && controller.abort(stopped) };
    await writeFile(join(root, 'kernel.bin'), guest({ say: 'kernel is up\n' }, 'hang'));
    const booting = bootSystem(options(), { workspaceRoot: root, out: wait, signal: controller.signal });
    await expect(booting).rejects.toBe(stopped);
    expect(await qemusIn(root)).toEqual([]);
    expect(JSON.parse(await saved('report.json'))).toMatchObject({
      verdict: 'interrupted',
      cause: 'stopped by SIGINT',
    });
  });

  it('survives a guest that floods the line', async () => {
    const report = await boot([{ say: 'kernel is up\n' }, { say: `${'x'.repeat(100_000)}` }, { exit: 51 }]);
    expect(report).toMatchObject({ verdict: 'failed' });
    expect(report.lastLines.at(-1)!.length).toBeLessThanOrEqual(8192);
    expect((await saved('serial.log')).length).toBe(100_013);
  });

  it('says what QEMU says when it does not start', async () => {
    const report = await boot(['hang'], { qemu: { machine: 'toaster', cpu: 'cortex-a72', memory: 64 } });
    expect(report).toMatchObject({ verdict: 'failed', exitCode: 1 });
    expect(report.messages.join('\n')).toMatch(/unsupported machine type/);
    expect(printed).toMatch(/QEMU says:[^]*unsupported machine type/);
  });

  it('says how to get a QEMU that is missing', async () => {
    vi.stubEnv('PATH', root);
    const error = await boot(['hang']).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe('cannot run qemu-system-aarch64: not found');
    expect((error as UserError).advice.join('\n')).toMatch(
      /apt-get install -y qemu-system-arm[^]*dnf[^]*pacman[^]*brew/,
    );
    vi.stubEnv('REDOX_QEMU_AARCH64', '/nowhere/qemu');
    await expect(boot(['hang'])).rejects.toThrow(/cannot run \/nowhere\/qemu, which REDOX_QEMU_AARCH64 names/);
  });

  it('says which file is missing, and does not keep an old result', async () => {
    await boot([{ say: 'kernel is up\nlogin:\n' }, { exit: 51 }]);
    const missing = boot(['hang'], { initrd: 'dist/{arch}/{backend}/initfs/initfs.img' });
    await expect(missing).rejects.toMatchObject({ file: 'dist/aarch64/cranelift/initfs/initfs.img' });
    await expect(saved('report.json')).rejects.toThrow('ENOENT');
  });
});
