import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry, type Registry } from './registry';

/** Everything is downloaded, by a slow proxy on a busy machine. */
const PATIENCE = 900_000;

/** What people install: every package, published to a registry of this machine. */
describe('the published packages', () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry();
  }, PATIENCE);
  afterAll(() => registry?.stop());

  /** Runs a program as a user would whose machine knows nothing of this repository. */
  const shell = async (cwd: string, command: string, ...args: string[]) => {
    const outer = Object.keys(process.env).filter((name) => /^(NX_|npm_|VITEST|REDOX_)/.test(name));
    const env = {
      ...Object.fromEntries(outer.map((name) => [name, undefined])),
      ...registry.env,
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      CI: 'true',
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
    };
    const { exitCode, stdout, stderr } = await run(command, args, { cwd, env });
    expect(exitCode, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
    return stdout + stderr;
  };

  it(
    'create-nx-workspace makes a workspace that boots',
    async () => {
      const home = join(registry.folder, 'home');
      const preset = ['--preset=@nx-redox/plugin', '--pm=npm', '--nxCloud=skip', '--interactive=false', '--skipGit'];
      await shell(home, 'npx', '--yes', 'create-nx-workspace@latest', 'redoxws', ...preset);
      const workspace = join(home, 'redoxws');
      await shell(workspace, 'npx', 'nx', 'run-many', '-t', 'boot');
      const report = JSON.parse(
        await readFile(join(workspace, 'dist/aarch64/cranelift/mini/boot/report.json'), 'utf8'),
      ) as { verdict: string; stages: { name: string; reached: boolean }[] };
      expect(report.verdict).toBe('passed');
      expect(report.stages.length).toBeGreaterThan(5);
      expect(report.stages.every(({ reached }) => reached)).toBe(true);
    },
    PATIENCE,
  );

  it(
    'nx add sets up a foreign workspace, whose toolchain can be asked before there is a system',
    async () => {
      const folder = join(registry.folder, 'foreign');
      await mkdir(folder);
      await writeFile(
        join(folder, 'package.json'),
        '{"name":"foreign","private":true,"devDependencies":{"nx":"^23.2.1"}}',
      );
      await writeFile(join(folder, 'nx.json'), '{"neverConnectToCloud":true,"analytics":false}');
      // A project of the user's that is called like a component of the new system.
      await mkdir(join(folder, 'init'));
      await writeFile(join(folder, 'init', 'project.json'), '{"name":"init"}');
      await shell(folder, 'npm', 'install');
      await shell(folder, 'npx', 'nx', 'add', '@nx-redox/plugin');
      await shell(folder, 'npx', 'nx', 'run', 'toolchain:install', '--provider=package');
      expect(await shell(folder, 'npx', 'nx', 'run', 'toolchain:doctor')).toContain('Nothing is missing');
      await shell(folder, 'npx', 'nx', 'generate', '@nx-redox/plugin:system', 'tiny');
      const projects = (await shell(folder, 'npx', 'nx', 'show', 'projects')).split('\n');
      expect(projects).toEqual(expect.arrayContaining(['init', 'redox-init', 'tiny', 'kernel', 'toolchain']));
    },
    PATIENCE,
  );
});
