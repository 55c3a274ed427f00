import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from './cli/cli';
import doctorExecutor from './executors/doctor/doctor.impl';
import { examine } from './examine';
import { formatDoctor } from './report';

const REGISTRY = 'source = "registry+https://example.org/index"';
const SYSTEM = `[system]
name = "s"
architectures = ["aarch64"]
kernel = "kernel"
initfs = "initfs"
boot = "direct"
[spec.user]
base = { aarch64 = "aarch64-unknown-redox" }
`;

function lockOf(syscall: string, ...members: string[]): string {
  return [
    ...members.map((name) => `[[package]]\nname = "${name}"\nversion = "0.1.0"\ndependencies = ["redox_syscall"]`),
    `[[package]]\nname = "redox_syscall"\nversion = "${syscall}"\n${REGISTRY}`,
  ].join('\n\n');
}

describe('doctor', () => {
  let root: string;
  let written: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const recipe = (dir: string, source: string, nx = '') =>
    write(`${dir}/recipe.toml`, `[source]\n${source}\n[build]\ntemplate = "cargo"\n[nx]\n${nx}\n`);
  const found = async (...folders: string[]) =>
    (await examine(root, folders)).findings.map(({ rule, file, line, column }) => `${rule} ${file}:${line}:${column}`);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-doctor-'));
    write('s/system.toml', SYSTEM);
    recipe('s/kernel', 'path = "."', 'kind = "kernel"');
    write('s/kernel/Cargo.toml', '[package]\nname = "kernel"\n');
    write('s/kernel/Cargo.lock', lockOf('0.7.3', 'kernel'));
    write('s/kernel/src/main.rs', 'match a { SYS_OPEN => open() }');
    // Two programs of one source.
    recipe('s/base', 'git = "https://example.org/base"', 'package = "ramfs"');
    recipe('s/logd', 'same_as = "../base"');
    for (const name of ['ramfs', 'logd']) {
      write(
        `s/base/source/${name}/Cargo.toml`,
        `[package]\nname = "${name}"\n[dependencies]\ncommon = { path = "../common" }\n`,
      );
    }
    write('s/base/source/Cargo.toml', '[workspace]\nmembers = ["ramfs", "logd", "common"]\n');
    write('s/base/source/common/Cargo.toml', '[package]\nname = "common"\n');
    write('s/base/source/Cargo.lock', lockOf('0.6.0', 'ramfs', 'logd', 'common'));
    write('s/base/source/ramfs/src/main.rs', '\n  syscall::open("x", 0);');
    write('s/base/source/common/src/lib.rs', 'syscall::rmdir("x");');
    write('s/base/source/other/src/lib.rs', 'syscall::open("x", 0);');
    written = '';
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        written += String(text);
        return true;
      });
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(root, { recursive: true });
  });

  it('reads the package of a recipe and its path dependencies, and of the kernel only the lock file', async () => {
    const ramfs = 'dropped-call s/base/source/ramfs/src/main.rs:2:12';
    const common = 'removed-call s/base/source/common/src/lib.rs:1:10';
    expect(await found('s/base')).toEqual([common, ramfs]);
    expect(await found('s/logd')).toEqual([common]);
    expect(await found('s/kernel')).toEqual([]);
    // Once each, although three recipes see them.
    expect(await found('s', 's/logd')).toEqual([common, ramfs]);
  });

  it('reads a source whole if no package is named', async () => {
    write(
      's/base/recipe.toml',
      '[source]\ngit = "https://example.org/base"\n[build]\ntemplate = "custom"\nscript = "x"\n',
    );
    write('s/base/source/tool/Cargo.lock', '[[package\n');
    write('s/base/source/target/x/Cargo.lock', '[[package\n');
    expect(await found('s/base')).toEqual([
      expect.stringMatching(/^unreadable s\/base\/source\/tool\/Cargo\.lock:1:\d+$/),
      'removed-call s/base/source/common/src/lib.rs:1:10',
      'dropped-call s/base/source/ramfs/src/main.rs:2:12',
    ]);
  });

  it('takes the lock file that knows the package, for one that a workspace leaves out', async () => {
    write('s/base/source/boot/Cargo.toml', '[package]\nname = "boot"\n');
    write('s/base/source/boot/Cargo.lock', lockOf('0.7.3', 'boot'));
    write('s/base/source/boot/src/main.rs', 'syscall::open("x", 0);');
    recipe('s/boot', 'same_as = "../base"');
    expect(await found('s/boot')).toEqual(['removed-call s/base/source/boot/src/main.rs:1:10']);
  });

  it('says what was not there, and which kernel it is about', async () => {
    rmSync(join(root, 's/base/source'), { recursive: true });
    const report = await examine(root, ['s']);
    expect(report).toMatchObject({ recipes: 3, findings: [], notFetched: ['s/base', 's/logd'] });
    expect(formatDoctor(report)).toBe(
      'not fetched, so not looked at: s/base, s/logd\n' +
        'calls were compared with s/kernel, which has redox_syscall 0.7.3\n' +
        '3 recipes: nothing to say',
    );
    rmSync(join(root, 's/kernel/Cargo.lock'));
    expect(formatDoctor(await examine(root, ['s']))).toContain('calls were not compared: s/kernel has no source');
  });

  it('lets one bad recipe cost only itself', async () => {
    write('s/bad/recipe.toml', '[source\n');
    write('s/lost/recipe.toml', '[source]\nsame_as = "../nowhere"\n');
    const report = await examine(root, ['s']);
    expect(report.findings.map(({ rule, file }) => `${rule} ${file}`)).toEqual([
      'unreadable s/bad/recipe.toml',
      'removed-call s/base/source/common/src/lib.rs',
      'dropped-call s/base/source/ramfs/src/main.rs',
      'unreadable s/lost/recipe.toml',
    ]);
  });

  it('is an executor that fails for errors', async () => {
    const context = {
      root,
      projectName: 'k',
      projectsConfigurations: { projects: { k: { root: 's/kernel' } } },
    } as never;
    expect(await doctorExecutor({}, context)).toEqual({ success: true });
    expect(await doctorExecutor({ recipes: ['s/base', 's/logd'] }, context)).toEqual({ success: false });
    expect(written).toContain('s/base/source/ramfs/src/main.rs:2:12: syscall::open is a call that a kernel');
    expect(written).toContain('2 recipes: 2 errors, 0 warnings (1 removed-call, 1 dropped-call)');
    expect(await doctorExecutor({ recipes: ['nowhere'] }, context)).toEqual({ success: false });
    expect(written).toContain('there is no such folder');
  });

  it('is a program whose JSON can be read, with a kernel that is named', async () => {
    let out = '';
    const io = { out: (text: string) => void (out += text), err: (text: string) => void (out += text) };
    write('old/recipe.toml', '[source]\npath = "."\n');
    write('old/Cargo.lock', lockOf('0.6.0', 'kernel'));
    expect(await main(['doctor', '--json', '--kernel=old', 's/base'], io, root)).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      schema: 1,
      recipes: 1,
      errors: 1,
      warnings: 0,
      kernel: { dir: 'old', syscall: '0.6.0' },
      notFetched: [],
      findings: [{ rule: 'removed-call', severity: 'error', recipe: 's/base', line: 1, column: 10 }],
    });
    expect(await main(['doctor', 's/kernel'], io, root)).toBe(0);
    for (const wrong of [['doctor'], ['doctor', 'nowhere'], ['doctor', '--fxi', 's'], ['doctor', '--kernel=x', 's']]) {
      expect(await main(wrong, io, root)).toBe(2);
    }
  });
});
