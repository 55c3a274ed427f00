import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { run } from '@nx-redox/kit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cloneSources, copyCheckout } from './checkout';
import { startRegistry, type Registry } from './registry';
import { git } from './workspace';

/** Everything is downloaded, by a slow proxy on a busy machine. */
const PATIENCE = 900_000;

/** What people install: every package, published to a registry of this machine. */
describe('the published packages', () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry();
  }, PATIENCE);
  afterAll(() => registry?.stop());

  /** Folders that go first on PATH. */
  const tools: string[] = [];
  afterEach(() => void tools.splice(0));

  /** A folder below the registry's, with these files. */
  const folderWith = async (name: string, files: Record<string, string>) => {
    const folder = join(registry.folder, name);
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    return folder;
  };

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
      PATH: [...tools, process.env['PATH']].join(delimiter),
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

  it(
    'nx init and nx add make a workspace of an npm workspace without Nx',
    async () => {
      const folder = await folderWith('plain', {
        'package.json': '{"name":"plain","private":true,"workspaces":["packages/*"]}',
        'packages/web/package.json': '{"name":"web","version":"1.0.0","scripts":{"build":"echo built"}}',
        '.gitignore': 'node_modules/\n',
      });
      await git(folder, ['init', '--quiet']);
      await shell(folder, 'npx', '--yes', 'nx@latest', 'init', '--interactive=false', '--nxCloud=false');
      await shell(folder, 'npx', 'nx', 'add', '@nx-redox/plugin');
      await shell(folder, 'npx', 'nx', 'generate', '@nx-redox/plugin:system', 'tiny');
      const projects = (await shell(folder, 'npx', 'nx', 'show', 'projects')).split('\n');
      expect(projects).toEqual(expect.arrayContaining(['web', 'tiny', 'kernel', 'toolchain']));
    },
    PATIENCE,
  );

  it(
    'pnpm installs what a system needs to be built',
    async () => {
      const bin = join(registry.folder, 'pnpm');
      await mkdir(bin);
      await shell(bin, 'npm', 'install', '--prefix', bin, 'pnpm@^10.34.0');
      tools.push(join(bin, 'node_modules', '.bin'));
      const folder = await folderWith('strict', {
        'package.json': '{"name":"strict","private":true,"devDependencies":{"nx":"^23.2.1"}}',
        'nx.json': '{"neverConnectToCloud":true,"analytics":false}',
      });
      await shell(folder, 'pnpm', 'install');
      await shell(folder, 'pnpm', 'exec', 'nx', 'add', '@nx-redox/plugin');
      await shell(folder, 'pnpm', 'exec', 'nx', 'generate', '@nx-redox/plugin:system', 'tiny');
      await shell(folder, 'pnpm', 'exec', 'nx', 'run', 'logd:build-cranelift');
      const artifact = await readFile(join(folder, 'dist/aarch64/cranelift/logd/artifact.json'), 'utf8');
      expect(JSON.parse(artifact)).toMatchObject({ project: 'logd', backend: 'cranelift' });
    },
    PATIENCE,
  );

  it(
    'npx nx-redox init makes a workspace of a checkout of the cookbook, which builds, boots and stays clean',
    async () => {
      const folder = join(registry.folder, 'checkout');
      await copyCheckout(folder);
      await cloneSources(folder);
      await git(folder, ['init', '--quiet', '--initial-branch=main']);
      await git(folder, ['add', '--all']);
      await git(folder, ['commit', '--quiet', '--message=checkout']);
      await shell(folder, 'npx', '--yes', 'nx-redox', 'init');
      expect(await git(folder, ['status', '--porcelain'])).toBe('');
      const kernel = JSON.parse(await shell(folder, 'npx', 'nx', 'show', 'project', 'kernel', '--json')) as {
        targets: Record<string, unknown>;
      };
      expect(Object.keys(kernel.targets)).toEqual(expect.arrayContaining(['build-cranelift', 'build-llvm']));
      await shell(folder, 'npx', 'nx', 'run', 'kernel:build-cranelift');
      const artifact = await readFile(join(folder, 'dist/aarch64/cranelift/kernel/artifact.json'), 'utf8');
      expect(JSON.parse(artifact)).toMatchObject({ backend: 'cranelift' });
      await shell(folder, 'npx', 'nx', 'run', 'bootstrap:build-cranelift');
      expect(await shell(folder, 'npx', 'nx', 'run', 'minimal:boot')).toMatch(/passed: (\d+) of \1 stages/);
      await shell(folder, 'npx', 'nx', 'affected', '-t', 'boot');
      expect(await git(folder, ['status', '--porcelain'])).toBe('');
    },
    PATIENCE,
  );
});
