import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AFFECTED_MODES, CrateRepository, selectBy } from './affected-modes';
import { createWorkspace, git, pathWithout, type Workspace } from './workspace';

interface Report {
  verdict: string;
  cause: string;
  lastLines: string[];
  stages: { name: string; reached: boolean; seconds?: number }[];
}

/** A function that calls itself until its stack is full. */
const ENDLESS = `
#[allow(unconditional_recursion)]
fn deeper(depth: usize) -> usize {
    let block = core::hint::black_box([depth; 64]);
    deeper(depth + 1) + block[1]
}
`;

const COMPONENTS = ['bootstrap', 'init', 'kernel', 'logd', 'ramfs', 'rtcd', 'zerod'];

describe('the mini system', () => {
  let workspace: Workspace;
  let env: Record<string, string | undefined> = {};
  beforeAll(async () => {
    workspace = await createWorkspace();
  });
  afterAll(() => workspace?.remove());

  const nx = async (...args: string[]) => {
    const result = await workspace.nx(args, { env });
    expect(result.exitCode, result.output).toBe(0);
    return result;
  };
  const affected = async (target?: string) => {
    const narrowed = target === undefined ? [] : [`--with-target=${target}`];
    const { stdout } = await nx('show', 'projects', '--affected', '--uncommitted', '--json', ...narrowed);
    return (JSON.parse(stdout) as string[]).sort();
  };
  /** Tasks with such a target that a run did not take from the cache. */
  const ran = (output: string, target: RegExp) => {
    const lines = [...output.matchAll(/^> nx run (\S+)(.*)$/gm)];
    const done = lines.filter(([, task, note]) => target.test(task!) && !/cache/.test(note!)).map(([, task]) => task!);
    return [...new Set(done)].sort();
  };

  it('has a graph without rustc and QEMU', async () => {
    const scratch = await workspace.scratch('bin');
    const PATH = await pathWithout(scratch, 'rustc', 'cargo', 'rustup', 'qemu-system-aarch64');
    const { stdout, output, exitCode } = await workspace.nx(['show', 'projects', '--json'], {
      env: { PATH, REDOX_TOOLCHAIN: '/nowhere' },
    });
    expect(exitCode, output).toBe(0);
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining([...COMPONENTS, 'initfs', 'mini', 'toolchain']));
  });

  it('has the same graph from a process of the plugin as from within Nx', async () => {
    const graphs = ['true', 'false'].map(async (NX_ISOLATE_PLUGINS) => {
      const file = join(await workspace.scratch(`graph-${NX_ISOLATE_PLUGINS}`), 'graph.json');
      const { output, exitCode } = await workspace.nx(['graph', `--file=${file}`], { env: { NX_ISOLATE_PLUGINS } });
      expect(exitCode, output).toBe(0);
      return readFile(file, 'utf8');
    });
    const [apart, within] = await Promise.all(graphs);
    expect(within).toBe(apart);
  });

  it('takes builds and boots of the same tree in another directory from the cache', async () => {
    const { output, exitCode } = await workspace.nx(['run-many', '-t', 'boot-cranelift', 'boot-llvm']);
    expect(exitCode, output).toBe(0);
    for (const task of ['mini:boot-cranelift', 'mini:boot-llvm', 'initfs:bundle-llvm', 'kernel:build-cranelift']) {
      expect(output).toMatch(new RegExp(`nx run ${task}\\s+\\[(local cache|existing outputs match the cache)`));
    }
    for (const backend of ['cranelift', 'llvm']) {
      const report = await workspace.readJson<Report>(`dist/aarch64/${backend}/mini/boot/report.json`);
      expect(report.verdict).toBe('passed');
      expect(report.stages.length).toBeGreaterThan(5);
      expect(report.stages.every(({ reached }) => reached)).toBe(true);
    }
  });

  it.each(['cranelift', 'llvm'])('tells how much of each stack a boot used: less than half (%s)', async (backend) => {
    await nx('run', `mini:boot-${backend}`);
    const { lastLines } = await workspace.readJson<Report>(`dist/aarch64/${backend}/mini/boot/report.json`);
    const stacks = lastLines.flatMap((line) => {
      const [, name, used, size] = /Stack of (\S+): (\d+) of (\d+) bytes used$/.exec(line) ?? [];
      return name ? [{ name, used: Number(used), size: Number(size) }] : [];
    });
    expect(stacks.map(({ name }) => name).sort()).toEqual([...COMPONENTS, 'check', 'nulld', 'shell'].sort());
    for (const { name, used, size } of stacks) {
      expect(used, name).toBeGreaterThan(500);
      expect(used, name).toBeLessThan(size / 2);
    }
  });

  it.each([
    { component: 'kernel', file: 'startup/mod.rs', place: /paging::protect_kernel.*\n/, stack: 'the kernel' },
    { component: 'bootstrap', file: 'main.rs', place: /fn bootstrap_start.*\n/, stack: 'bootstrap' },
    { component: 'zerod', file: 'main.rs', place: /fn main\(\).*\n/, stack: '/scheme/initfs/bin/zerod' },
  ])('says that the stack of $component is too small', async ({ component, file, place, stack }) => {
    const source = `recipes/mini/${component}/src/${file}`;
    await workspace.edit(source, place, '$&core::hint::black_box(deeper(0));\n');
    await workspace.edit(source, /$/, ENDLESS);
    const { exitCode, output } = await workspace.nx(['run', 'mini:boot']);
    expect(exitCode, output).not.toBe(0);
    const report = await workspace.readJson<Report>('dist/aarch64/cranelift/mini/boot/report.json');
    expect(report.cause).toContain('a stack is too small');
    expect(report.lastLines.join('\n')).toMatch(new RegExp(`STACK OVERFLOW in ${stack}: its stack has \\d+ KiB`));
    await workspace.reset();
  });

  it('shows a component with its targets', async () => {
    const { stdout } = await workspace.nx(['show', 'project', 'bootstrap', '--json']);
    const project = JSON.parse(stdout) as {
      root: string;
      targets: Record<string, { metadata?: { description?: string } }>;
    };
    expect(project.root).toBe('recipes/mini/bootstrap');
    expect(Object.keys(project.targets)).toEqual(
      expect.arrayContaining(['fetch', 'build', 'build-cranelift', 'build-llvm']),
    );
    expect(Object.values(project.targets).every(({ metadata }) => metadata?.description)).toBe(true);
  });

  describe.each(AFFECTED_MODES)('affected, when it selects %s', (mode) => {
    beforeAll(async () => {
      env = await selectBy(workspace, mode);
      // Another Nx may not take the results of the first.
      await nx('run-many', '-t', 'boot');
    });
    afterAll(() => workspace.reset());

    it('by a line in a service: the service, initfs and mini', async () => {
      await workspace.edit('recipes/mini/logd/src/main.rs', /$/, `// by ${mode}\n`);
      expect(await affected()).toEqual(['initfs', 'logd', 'mini']);
      expect([await affected('build'), await affected('boot')]).toEqual([['logd'], ['mini']]);
    });

    it('and `nx affected -t boot` rebuilds only that service', async () => {
      const { output } = await nx('affected', '-t', 'boot', '--uncommitted', '--outputStyle=static');
      expect(ran(output, /:build/)).toEqual(['logd:build-cranelift']);
      await workspace.reset();
    });

    it('by init.rc: initfs and mini', async () => {
      await workspace.edit('recipes/mini/initfs/etc/init.rc', /$/, '# x\n');
      expect(await affected()).toEqual(['initfs', 'mini']);
      await workspace.reset();
    });

    it('by the library of all programs: those, initfs and mini', async () => {
      await workspace.edit('recipes/mini/rt/src/lib.rs', /$/, '// x\n');
      const projects = await affected();
      expect(projects).toEqual(expect.arrayContaining(['init', 'initfs', 'logd', 'mini', 'ramfs', 'rtcd', 'zerod']));
      expect(projects).not.toContain('kernel');
      await workspace.reset();
    });

    it('by a crate in Cargo.lock: all that have this lock file, but only those that use the crate are built', async () => {
      const crate = await CrateRepository.create(await workspace.scratch('crate'));
      for (const name of ['logd', 'rtcd']) {
        await workspace.edit(`recipes/mini/${name}/Cargo.toml`, /$/, `banner.git = "${crate.url}"\n`);
      }
      const { cargo } = await workspace.readJson<{ cargo: string }>('dist/toolchain/location.json');
      const inMini = async (...args: string[]) => {
        const { exitCode, stderr } = await run(cargo, args, { cwd: join(workspace.root, 'recipes/mini') });
        expect(exitCode, stderr).toBe(0);
      };
      const before = await git(workspace.root, ['rev-parse', 'HEAD']);
      await inMini('metadata', '--format-version=1');
      await nx('run-many', '-t', 'boot');
      await workspace.commit();
      await crate.commit('second');
      await inMini('update', 'banner');
      expect(await git(workspace.root, ['diff', '--name-only'])).toBe('recipes/mini/Cargo.lock\n');

      expect(await affected('build')).toEqual([...COMPONENTS, 'check', 'shell'].sort());
      expect(await affected('boot')).toEqual(['mini']);
      // Tasks do not hash the lock file, so those that are named with their backend have no input that has changed.
      const named = mode === 'tasks' ? [] : [...COMPONENTS, 'check', 'shell'].sort();
      expect(await affected('build-cranelift')).toEqual(named);
      const { output } = await nx('affected', '-t', 'boot', '--uncommitted', '--outputStyle=static');
      expect(ran(output, /:build-/)).toEqual(['logd:build-cranelift', 'rtcd:build-cranelift']);
      await git(workspace.root, ['reset', '--quiet', '--hard', before.trim()]);
    });

    it('by a README: none of them', async () => {
      await workspace.edit('README.md', /$/, 'x\n');
      await workspace.edit('recipes/mini/README.md', /$/, 'x\n');
      expect(await affected()).toEqual([]);
    });
  });
});
