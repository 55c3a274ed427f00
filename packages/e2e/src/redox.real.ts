import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from './workspace';

const PROGRAMS = ['kernel', 'bootstrap', 'init', 'logd', 'randd', 'ramfs', 'zerod'];

interface Artifact {
  crates: { name: string; backend: string }[];
}
interface Report {
  verdict: string;
  stages: { name: string; reached: boolean }[];
}
interface Image {
  partitions: unknown[];
}

/** Redox itself, from its own sources: `npm run test:redox`. Nothing of it is part of this repository. */
describe('Redox', () => {
  let workspace: Workspace;

  const pass = async (...args: string[]) => {
    const { output, exitCode } = await workspace.nx(args);
    expect(exitCode, output.slice(-20_000)).toBe(0);
    return output;
  };

  beforeAll(async () => {
    workspace = await createWorkspace();
    const recipes = await run('git', ['ls-files', '--', 'recipes/redox/*/recipe.toml'], { cwd: workspace.root });
    const texts = await Promise.all(
      recipes.stdout
        .split('\n')
        .filter(Boolean)
        .map((file) => workspace.read(file)),
    );
    const addresses = new Set(texts.flatMap((text) => /^git = "(.*)"$/m.exec(text)?.[1] ?? []));
    const answers = await Promise.all(
      [...addresses].map(async (address) => {
        const { exitCode, stderr } = await run('git', ['ls-remote', '--exit-code', address, 'HEAD'], {
          timeoutMs: 30_000,
          env: { GIT_TERMINAL_PROMPT: '0' },
        });
        return exitCode === 0 ? [] : [`${address}: ${stderr.trim().split('\n').at(-1)}`];
      }),
    );
    if (answers.flat().length > 0) {
      throw new Error(
        [
          'npm run test:redox needs the sources of Redox, which git cannot reach:',
          ...answers.flat().map((line) => `  ${line}`),
          'Name mirrors with `git config --global url.<mirror>.insteadOf <address>`.',
          'It also needs firmware for QEMU (Debian: qemu-efi-aarch64), 10 GB of disk, crates.io, and half an hour.',
        ].join('\n'),
      );
    }
    await pass('g', '@nx-redox/plugin:use', 'redox');
  });
  afterAll(() => workspace?.remove());

  it('is an Nx graph without its sources', async () => {
    const { stdout } = await workspace.nx(['show', 'projects', '--json']);
    expect(JSON.parse(stdout)).toEqual(
      expect.arrayContaining([...PROGRAMS, 'redox', 'relibc', 'bootloader', 'initfs']),
    );
  });

  it.each(['kernel', 'bootstrap', 'init'])('%s compiles with Cranelift', async (name) => {
    await pass('run', `${name}:build-cranelift`);
    const { crates } = await workspace.readJson<Artifact>(`dist/aarch64/cranelift/${name}/artifact.json`);
    expect(crates.filter(({ backend }) => backend !== 'cranelift')).toEqual([]);
  });

  it('has a C library whose artifact says which crate LLVM compiled', async () => {
    const { crates } = await workspace.readJson<Artifact>('dist/aarch64/cranelift/relibc/artifact.json');
    const byLlvm = crates.filter(({ backend }) => backend === 'llvm').map(({ name }) => name);
    expect(byLlvm).toContain('relibc');
    expect(crates.filter(({ backend }) => backend === 'cranelift').length).toBeGreaterThan(5);
  });

  it('makes a disk that passes its own verification', async () => {
    await pass('run', 'redox:image');
    const image = await workspace.readJson<Image>('dist/aarch64/cranelift/redox/image/image.json');
    expect(image.partitions).toHaveLength(3);
  });

  it('boots', async () => {
    await pass('run', 'redox:boot');
    const report = await workspace.readJson<Report>('dist/aarch64/cranelift/redox/boot/report.json');
    expect(report.verdict).toBe('passed');
    expect(report.stages.filter(({ reached }) => reached).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['kernel', 'bootstrap', 'init', 'root', 'login', 'session']),
    );
  });

  it('starts a new component', async () => {
    await pass('g', '@nx-redox/plugin:recipe', 'hello', '--kind=service');
    await pass('run', 'redox:boot');
    const { verdict, stages } = await workspace.readJson<Report>('dist/aarch64/cranelift/redox/boot/report.json');
    expect(verdict).toBe('passed');
    expect(stages.map(({ name }) => name)).toContain('hello');
  });

  it('compiles with LLVM too, and says how much smaller that is', async () => {
    const output = await pass('run', 'initfs:size', '--outputStyle=stream');
    expect(output).toMatch(/init\b.*\d/);
  });

  it('says within seconds what to do if a source cannot be reached', async () => {
    const home = await mkdtemp(join(tmpdir(), 'nx-redox-no-sources-'));
    try {
      await rm(join(workspace.root, 'recipes/redox/kernel/source'), { recursive: true });
      const start = performance.now();
      const { output, exitCode } = await workspace.nx(['run', 'kernel:fetch'], {
        env: { GIT_CONFIG_GLOBAL: '/dev/null', REDOX_SOURCE_HOME: home, HTTPS_PROXY: 'http://127.0.0.1:9' },
      });
      expect(exitCode).not.toBe(0);
      expect(performance.now() - start).toBeLessThan(60_000);
      expect(output).toContain('gitlab.redox-os.org/redox-os/kernel.git');
      expect(output).toMatch(/insteadOf[^]*\[source\] path[^]*\[source\] tar/);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});
