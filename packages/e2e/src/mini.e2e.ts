import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkspace, pathWithout, type Workspace } from './workspace';

interface Report {
  verdict: string;
  stages: { name: string; reached: boolean; seconds?: number }[];
}

const COMPONENTS = ['bootstrap', 'init', 'kernel', 'logd', 'ramfs', 'rtcd', 'zerod'];

describe('the mini system', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await createWorkspace();
  });
  afterAll(() => workspace?.remove());

  const affected = async (target?: string) => {
    const { output, exitCode, stdout } = await workspace.nx([
      'show',
      'projects',
      '--affected',
      '--uncommitted',
      '--json',
      ...(target ? [`--with-target=${target}`] : []),
    ]);
    expect(exitCode, output).toBe(0);
    return (JSON.parse(stdout) as string[]).sort();
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

  describe('affected', () => {
    afterAll(() => workspace.reset());

    it('by a line in a service: the service, initfs and mini', async () => {
      await workspace.edit('recipes/mini/logd/src/main.rs', /$/, '// x\n');
      expect(await affected()).toEqual(['initfs', 'logd', 'mini']);
      expect(await affected('boot')).toEqual(['mini']);
    });

    it('and `nx affected -t boot` rebuilds only that service', async () => {
      const { output, exitCode } = await workspace.nx(['affected', '-t', 'boot', '--uncommitted']);
      expect(exitCode, output).toBe(0);
      const built = [...output.matchAll(/^> nx run (\S+:build\S*)(.*)$/gm)].filter(
        ([, , note]) => !/cache/.test(note ?? ''),
      );
      expect(built.map(([, task]) => task)).toEqual(['logd:build-cranelift']);
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

    it('by a README: none of them', async () => {
      await workspace.edit('README.md', /$/, 'x\n');
      await workspace.edit('recipes/mini/README.md', /$/, 'x\n');
      expect(await affected()).toEqual([]);
    });
  });
});
