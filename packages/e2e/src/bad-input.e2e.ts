import { readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from '@nx-redox/kit';
import { problemsIn } from './problem-matcher';
import { createWorkspace, pathWithout, type Workspace } from './workspace';

interface Report {
  verdict: string;
  cause?: string;
  stages: { name: string; reached: boolean }[];
  lastLines: string[];
  headline: string;
  deaths: { program: string; trace: { hits: { file: string }[] }[] }[];
}

const NO_STACK = /^\s+at .*:\d+:\d+\)?$/m;

describe('bad input', () => {
  let workspace: Workspace;
  let location: { root: string; rustcLlvm: string };
  beforeAll(async () => {
    workspace = await createWorkspace();
    await workspace.nx(['run', 'toolchain:install']);
    location = await workspace.readJson('dist/toolchain/location.json');
  });
  afterEach(() => workspace.reset());
  afterAll(() => workspace?.remove());

  /** Runs a task that must fail, and returns what it printed: a message, no stack. */
  const failing = async (args: string[], env: Record<string, string> = {}) => {
    const { output, exitCode } = await workspace.nx(args, { env });
    expect(exitCode, output).not.toBe(0);
    expect(output).not.toMatch(NO_STACK);
    return output;
  };

  describe('recipes', () => {
    it('a typo in a key: the place and the right word; other projects stay', async () => {
      await workspace.edit('recipes/mini/logd/recipe.toml', 'template', 'templat');
      const { output, stdout } = await workspace.nx(['show', 'projects']);
      expect(output).toMatch(/recipes\/mini\/logd\/recipe\.toml:\d+:\d+.*templat/);
      expect(output).toContain('did you mean');
      expect(stdout).toMatch(/^bootstrap$/m);
      expect(await failing(['run', 'logd:build-cranelift'])).toMatch(/recipes\/mini\/logd\/recipe\.toml:\d+/);
      const kernel = await workspace.nx(['run', 'kernel:build-cranelift']);
      expect(kernel.exitCode, kernel.output).toBe(0);
    });

    it('a wrong type', async () => {
      await workspace.edit('recipes/mini/logd/recipe.toml', /template = .*/, 'template = 7');
      expect(await failing(['run', 'logd:build-cranelift'])).toMatch(/recipes\/mini\/logd\/recipe\.toml:\d+.*template/);
    });

    it('invalid TOML', async () => {
      await workspace.edit('recipes/mini/logd/recipe.toml', /$/, '\n[nx\n');
      expect(await failing(['run', 'logd:build-cranelift'])).toMatch(/recipes\/mini\/logd\/recipe\.toml:\d+:\d+/);
    });

    it('an initfs file that no recipe stages', async () => {
      await workspace.edit('recipes/mini/initfs/recipe.toml', 'logd:usr/bin/logd', 'logd:usr/bin/lodg');
      expect(await failing(['run', 'initfs:bundle-cranelift'])).toMatch(
        /recipes\/mini\/initfs\/recipe\.toml:\d+.*lodg/,
      );
    });

    it('an initfs without bootstrap', async () => {
      await workspace.edit('recipes/mini/initfs/recipe.toml', /^bootstrap = .*\n/m, '');
      expect(await failing(['run', 'initfs:bundle-cranelift'])).toMatch(/bootstrap/);
    });
  });

  describe('toolchains', () => {
    it('an archive that is cut off: said so, and nothing of it stays', async () => {
      // A real archive, of a folder of this workspace.
      const scratch = await workspace.scratch('archive');
      const archive = join(scratch, 'cut.tar.xz');
      const packed = await run('tar', ['-cJf', archive, '-C', workspace.root, 'packages/kit']);
      expect(packed.exitCode, packed.stderr).toBe(0);
      await truncate(archive, (await stat(archive)).size / 2);
      const output = await failing(['run', 'toolchain:install'], {
        REDOX_TOOLCHAIN_ARCHIVE: archive,
        REDOX_TOOLCHAIN_HOME: join(scratch, 'home'),
      });
      expect(output).toMatch(/cut\.tar\.xz.*(cut off|damaged|incomplete)/);
      expect(await readdir(join(scratch, 'home', 'toolchains')).catch(() => [])).toEqual([]);
    });

    it('no Cranelift backend: what is missing and how to get it', async () => {
      // The stable compiler that the installed toolchain completes has LLVM only.
      const { stdout } = await run(location.rustcLlvm, ['--print', 'sysroot']);
      try {
        const output = await failing(['run', 'bootstrap:build-cranelift'], { REDOX_TOOLCHAIN: stdout.trim() });
        expect(output).toMatch(/no Cranelift backend/);
        expect(output).toMatch(/→ .*REDOX_TOOLCHAIN_ARCHIVE/);
      } finally {
        // The workspace keeps the toolchain that it was given last.
        await workspace.nx(['run', 'toolchain:install'], { env: { REDOX_TOOLCHAIN: location.root } });
      }
    });

    it('no QEMU: the command that installs it', async () => {
      await workspace.edit('recipes/mini/initfs/etc/init.rc', /$/, '# another image, so that the boot is not cached\n');
      const output = await failing(['run', 'mini:boot-cranelift'], {
        PATH: await pathWithout(await workspace.scratch('bin'), 'qemu-system-aarch64'),
      });
      expect(output).toMatch(/apt-get install.*qemu-system-arm/);
      expect(output).toMatch(/dnf|pacman|brew/);
    });
  });

  describe('programs', () => {
    const programsOf = ({ deaths }: Report) => [
      ...new Set(deaths.flatMap(({ trace }) => trace.flatMap(({ hits }) => hits.map(({ file }) => file)))),
    ];

    it('a position-independent service fails at its link, with the rule', async () => {
      await workspace.write('recipes/mini/logd/build.rs', 'fn main() { println!("cargo:rustc-link-arg=-pie"); }\n');
      const output = await failing(['run', 'logd:build-cranelift']);
      expect(output).toMatch(/logd: this program cannot boot on Redox/);
      expect(output).toMatch(/ET_DYN \(position-independent\)/);
      expect(output).toMatch(/why: .*\n\s*fix: /);
    });

    it('a service that panics ends the boot at once, with the place in its source', async () => {
      await workspace.edit(
        'recipes/mini/ramfs/src/main.rs',
        /(fn main\(\)[^{]*\{)/,
        '$1 panic!("the shelf is empty");',
      );
      const output = await failing(['run', 'mini:boot-cranelift']);
      expect(output).toContain('the shelf is empty');
      const report = await workspace.readJson<Report>('dist/aarch64/cranelift/mini/boot/report.json');
      expect(report.verdict).toBe('failed');
      expect(report.stages.find(({ name }) => name === 'init')?.reached).toBe(true);
      expect(report.stages.find(({ name }) => name === 'ramfs')?.reached).toBe(false);
      expect(report.headline).toMatch(
        /^ramfs panicked at recipes\/mini\/ramfs\/src\/main\.rs:\d+:\d+: the shelf is empty$/,
      );
      expect(output).toContain(`failed: ${report.headline}`);
      expect(await problemsIn(output)).toContainEqual({
        file: 'recipes/mini/ramfs/src/main.rs',
        line: Number(/main\.rs:(\d+)/.exec(report.headline)![1]),
        message: report.headline,
      });
      expect(programsOf(report)).toEqual(['ramfs']);
    });

    it('a service that writes to address 0: its line, its program only, and a mark in the change', async () => {
      await workspace.edit(
        'recipes/mini/zerod/src/main.rs',
        /(fn main\(\)[^{]*\{\n)/,
        '$1    let nowhere = core::ptr::without_provenance_mut::<u32>(args::name().len() - 5);\n    unsafe { *nowhere = 7 };\n',
      );
      const main = (await workspace.read('recipes/mini/zerod/src/main.rs')).split('\n');
      const line = main.findIndex((text) => text.includes('*nowhere = 7')) + 1;
      const output = await failing(['run', 'mini:boot-cranelift'], { GITHUB_ACTIONS: 'true' });
      const report = await workspace.readJson<Report>('dist/aarch64/cranelift/mini/boot/report.json');
      expect(report.headline).toMatch(
        new RegExp(`^zerod was killed at recipes/mini/zerod/src/main\\.rs:${line}:\\d+: .*write.* at 0x0`),
      );
      expect(programsOf(report)).toEqual(['zerod']);
      expect(output).toMatch(new RegExp(`^::error file=recipes/mini/zerod/src/main\\.rs,line=${line},col=\\d+,`, 'm'));
    });

    it('a kernel that hangs: the last stage reached and the last lines', async () => {
      await workspace.edit('recipes/mini/system.toml', /timeout = \d+/g, 'timeout = 3');
      await workspace.edit(
        'recipes/mini/logd/src/main.rs',
        /(fn main\(\)[^{]*\{)/,
        '$1 loop { core::hint::spin_loop(); }',
      );
      const output = await failing(['run', 'mini:boot-cranelift']);
      expect(output).toMatch(/timeout|timed out|did not come/i);
      const report = await workspace.readJson<Report>('dist/aarch64/cranelift/mini/boot/report.json');
      expect(report.verdict).toBe('timeout');
      const reached = report.stages.filter((stage) => stage.reached).at(-1)?.name;
      expect(output).toContain(reached);
      expect(report.lastLines.length).toBeGreaterThan(3);
    });
  });

  it('keeps a stage as it was when a build fails', async () => {
    const built = await workspace.nx(['run', 'logd:build-cranelift']);
    expect(built.exitCode, built.output).toBe(0);
    const file = join(workspace.root, 'dist/aarch64/cranelift/logd/stage/usr/bin/logd');
    const before = await readFile(file);
    await workspace.edit('recipes/mini/logd/src/main.rs', /$/, '\nfn broken( {}\n');
    const output = await failing(['run', 'logd:build-cranelift']);
    expect(output).toMatch(/--> recipes\/mini\/logd\/src\/main\.rs:\d+:\d+/);
    expect(output).not.toContain(workspace.root);
    const inLogd = (await problemsIn(output)).find((problem) => problem.file === 'recipes/mini/logd/src/main.rs');
    expect(inLogd).toMatchObject({ line: expect.any(Number), severity: 'error', message: expect.stringMatching(/./) });
    expect(await readFile(file)).toEqual(before);
  });
});
