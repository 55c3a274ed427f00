import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '@nx-redox/kit/toml';
import { parseSystem } from './system';
import { parseToolchain } from './toolchain';

const FILE = 'recipes/mini/system.toml';

const GOOD = `[system]
name = "mini"
architectures = ["aarch64"]
kernel = "kernel"
initfs = "initfs"
boot = "direct"
[backend]
default = "cranelift"
relibc = { use = "llvm", because = "C-variadic definitions" }
[spec.mini]
base = { aarch64 = "aarch64-unknown-none" }
changes = ["panic-abort"]
[[stage]]
name = "kernel"
pattern = "^mini \\\\d+"
timeout = 2.5
[[fail]]
pattern = "PANIC"
cause = "The kernel panicked."
[qemu.aarch64]
machine = "virt"
cpu = "cortex-a72"
memory = 256
args = ["-nodefaults"]
`;

function problems(text: string): string[] {
  return parseSystem(text, FILE).diagnostics.map(formatDiagnostic);
}

describe('parseSystem', () => {
  it('reads a system.toml', () => {
    expect(parseSystem(GOOD, FILE)).toEqual({
      diagnostics: [],
      system: {
        name: 'mini',
        architectures: ['aarch64'],
        kernel: 'kernel',
        initfs: 'initfs',
        boot: 'direct',
        backend: { default: 'cranelift', exceptions: { relibc: { use: 'llvm', because: 'C-variadic definitions' } } },
        specs: { mini: { base: { aarch64: 'aarch64-unknown-none' }, changes: ['panic-abort'] } },
        stages: [{ name: 'kernel', pattern: '^mini \\d+', timeout: 2.5 }],
        fail: [{ pattern: 'PANIC', cause: 'The kernel panicked.' }],
        qemu: { aarch64: { machine: 'virt', cpu: 'cortex-a72', memory: 256, args: ['-nodefaults'] } },
      },
    });
  });

  it('reads what a system that boots from a disk says', () => {
    const { system, diagnostics } = parseSystem(
      GOOD.replace('boot = "direct"', 'boot = "uefi"\nbootloader = "loader"')
        .replace('use = "llvm",', 'crates = { relibc = "llvm" },')
        .replace('timeout = 2.5', 'timeout = 2.5\nsend = "root\\r"')
        .replace('changes =', 'std = true\nsmall = true\nlibc = "relibc"\nchanges =') +
        '\n[image]\nsize = 64\n[[image.files]]\nfrom = "ls:usr/bin/ls"\nto = "bin/ls"\n',
      FILE,
    );
    expect(diagnostics).toEqual([]);
    expect(system).toMatchObject({ boot: 'uefi', bootloader: 'loader' });
    expect(system?.backend.exceptions).toEqual({
      relibc: { crates: { relibc: 'llvm' }, because: 'C-variadic definitions' },
    });
    expect(system?.specs['mini']).toMatchObject({ std: true, small: true, libc: 'relibc' });
    expect(system?.stages).toEqual([{ name: 'kernel', pattern: '^mini \\d+', timeout: 2.5, send: 'root\r' }]);
    expect(system?.image).toEqual({
      size: 64,
      files: [{ from: { recipe: 'ls', path: 'usr/bin/ls' }, to: 'bin/ls' }],
    });
  });

  it.each<[string, [string, string], string[]]>([
    [
      'an unknown architecture',
      ['["aarch64"]', '["arm64"]'],
      ['3:18: system.architectures[1] = "arm64" is unknown\n  → known values: aarch64, x86_64'],
    ],
    [
      'no architecture',
      ['["aarch64"]', '[]'],
      ['3:17: system.architectures is empty\n  → name at least one of aarch64, x86_64'],
    ],
    [
      'a stage that types nothing',
      ['timeout = 2.5', 'timeout = 2.5\nsend = ""'],
      ['17:8: stage[1].send must not be empty: leave it out if nothing is to be typed'],
    ],
    [
      'an architecture without QEMU and base',
      ['["aarch64"]', '["aarch64", "x86_64"]'],
      [
        '20:2: there is no [qemu.x86_64], although x86_64 is one of the architectures\n  → add [qemu.x86_64] with machine, cpu and memory',
        '11:1: spec "mini" has no base for x86_64\n  → base = { x86_64 = "x86_64-unknown-none" }',
      ],
    ],
    [
      'a boot from disk without a boot loader',
      ['"direct"', '"uefi"'],
      [
        '1:2: the system boots by UEFI, and nothing says what starts its kernel\n  → name the recipe of the boot loader: bootloader = "bootloader"',
        '1:1: the system boots by UEFI, and nothing says how large its disk is\n  → add [image] with size = 256 (MiB)',
      ],
    ],
    [
      'a boot loader for nothing',
      ['"direct"', '"direct"\nbootloader = "loader"'],
      [
        '7:1: QEMU starts the kernel itself (boot = "direct"), so there is no boot loader\n  → boot = "uefi", or remove the key',
      ],
    ],
    [
      'an exception without a backend',
      ['use = "llvm", ', ''],
      [
        '9:1: the exception for "relibc" names no backend\n  → use = "llvm" for the whole component, or crates = { name = "llvm" } for some of its crates',
      ],
    ],
    [
      'a crate with an unknown backend',
      ['use = "llvm"', 'crates = { relibc = "gcc" }'],
      ['9:32: backend.relibc.crates.relibc = "gcc" is unknown\n  → known values: cranelift, llvm'],
    ],
    [
      'an unknown backend',
      ['"cranelift"', '"gcc"'],
      ['8:11: backend.default = "gcc" is unknown\n  → known values: cranelift, llvm'],
    ],
    [
      'an exception without a reason',
      [', because = "C-variadic definitions"', ''],
      ['9:1: [backend.relibc] lacks the key "because"\n  → say why, for those who wonder: because = "…"'],
    ],
    [
      'a bad pattern',
      ['"PANIC"', '"(PANIC"'],
      ['18:11: fail[1].pattern is not a regular expression: missing closing ): `(PANIC`'],
    ],
    [
      'a pattern that refers back',
      ['"PANIC"', '"(P)ANIC\\\\1"'],
      ['18:11: fail[1].pattern refers back to a group with "\\1" or "\\k", which takes unbounded time'],
    ],
    [
      'a pattern for everything',
      ['"PANIC"', '".*"'],
      ['18:11: fail[1].pattern matches the empty text, so every line would match'],
    ],
    [
      'a budget of nothing',
      ['2.5', '0'],
      ['16:11: stage[1].timeout must be a number greater than 0, not the number 0'],
    ],
    [
      'memory in words',
      ['256', '"256M"'],
      ['23:10: qemu.aarch64.memory must be a whole number greater than 0, not the string "256M"'],
    ],
    [
      'a stage twice',
      ['[[fail]]', '[[stage]]\nname = "kernel"\npattern = "x"\ntimeout = 1\n[[fail]]'],
      ['18:8: stage "kernel" is there twice\n  → give each stage a name of its own'],
    ],
    [
      'a name that is no project name',
      ['name = "mini"', 'name = "My System"'],
      ['2:8: system.name must be made of lower-case letters, digits, - and _'],
    ],
  ])('reports %s', (_, [from, to], expected) => {
    expect(problems(GOOD.replace(from, to))).toEqual(expected.map((line) => `${FILE}:${line}`));
  });

  it('reports a system that cannot be judged', () => {
    expect(problems(GOOD.replace(/\[\[stage\]\][^[]*/, ''))).toEqual([
      `${FILE}:1:1: there is no [[stage]]: a boot without stages can neither pass nor fail\n  → add [[stage]] with name, pattern and timeout for each line that shows progress`,
    ]);
  });

  it('knows nothing of a file without [system]', () => {
    const { system, diagnostics } = parseSystem('[backend]\ndefault = "llvm"', FILE);
    expect(system).toBeUndefined();
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      `${FILE}:1:1: the file lacks the key "system"\n  → a system.toml begins with [system] and name, architectures, kernel, initfs, boot`,
    ]);
  });

  it('says which part of the file is wrong', () => {
    expect(parseSystem(GOOD.replace('"PANIC"', '"("'), FILE).diagnostics.map(({ table }) => table)).toEqual(['fail']);
  });
});

describe('parseToolchain', () => {
  it('reads a toolchain.toml', () => {
    expect(parseToolchain('[toolchain]\nrust = "1.95.0"\n', 't')).toEqual({
      toolchain: { rust: '1.95.0' },
      diagnostics: [],
    });
  });

  it('wants a full version', () => {
    const { toolchain, diagnostics } = parseToolchain('[toolchain]\nrust = "1.95"\n', 't');
    expect(toolchain).toBeUndefined();
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      't:2:8: toolchain.rust must be a full version of Rust, such as 1.95.0',
    ]);
  });
});
