import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCheckout, nxIn } from './checkout';
import { git } from './workspace';

/** The first builds compile a standard library for each of four targets. */
const BUILDS_MS = 30 * 60_000;

describe('a checkout of the cookbook as a workspace', () => {
  let folder: string;
  const nx = (...args: string[]) => nxIn(folder, ...args);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nx-redox-checkout-'));
    await createCheckout(folder);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has recipes, packages of their workspaces and configs as projects', async () => {
    const { output } = await nx('show', 'projects');
    expect(output.split('\n')).toEqual(expect.arrayContaining(['kernel', 'base', 'bootstrap', 'init', 'minimal']));
    // The cookbook's git ignores what its users call my_…
    await writeFile(join(folder, 'config/my_own.toml'), 'include = ["minimal.toml"]\n');
    const settings = await readFile(join(folder, 'nx.json'), 'utf8');
    await writeFile(join(folder, 'nx.json'), settings.replace('"minimal"', '"minimal", "my_own"'));
    const own = await nx('show', 'projects');
    // A config with a mistake is a project that says what is wrong.
    await writeFile(join(folder, 'config/my_own.toml'), 'include = ["my_own.toml"]\n');
    const broken = await nx('run', 'my_own:image-cranelift');
    expect([broken.exitCode, broken.output]).toEqual([
      1,
      expect.stringMatching(
        /> nx run my_own:image-cranelift[^]*config\/my_own\.toml:1: config\/my_own\.toml includes itself/,
      ),
    ]);
    await writeFile(join(folder, 'nx.json'), settings);
    expect(own.output.split('\n')).toContain('my_own');
    expect(await git(folder, ['status', '--porcelain'])).toBe('');
  });

  it(
    'builds by the recipes, makes the disk of the config and boots it to a shell',
    async () => {
      const boot = await nx('run', 'minimal:boot');
      expect(boot.output).toMatch(/passed: \d+ of \d+ stages/);
      expect(boot.exitCode).toBe(0);
      // A package of the workspace that base builds; the kernel maps it by rules of its own.
      const bootstrap = await nx('run', 'bootstrap:check-elf');
      expect([bootstrap.exitCode, bootstrap.output]).toEqual([
        0,
        expect.stringContaining('usr/bin/bootstrap: ok (bootstrap)'),
      ]);
      const artifact = JSON.parse(
        await readFile(join(folder, 'dist/aarch64/cranelift/relibc/artifact.json'), 'utf8'),
      ) as { crates: { name: string; backend: string }[] };
      // It defines variadic functions.
      expect(artifact.crates).toContainEqual(expect.objectContaining({ name: 'variadic', backend: 'llvm' }));
      const said = await nx('run', 'minimal:exec', '--command=uname -a');
      expect([said.exitCode, /^Redox redox .* aarch64$/m.test(said.output)]).toEqual([0, true]);
      expect(
        await git(folder, ['ls-files', '--others', '--exclude-standard', '--directory', 'recipes', 'config']),
      ).toBe('');
    },
    BUILDS_MS,
  );

  it(
    'sees an edit in a source that git ignores',
    async () => {
      const file = join(folder, 'recipes/core/base/source/init/src/main.rs');
      await writeFile(file, `${await readFile(file, 'utf8')}// edited\n`);
      const affected = await nx('show', 'projects', '--affected', '--base=HEAD');
      expect(affected.output.split('\n')).toEqual(expect.arrayContaining(['base', 'init', 'minimal']));
      expect(affected.output.split('\n')).not.toContain('kernel');
    },
    BUILDS_MS,
  );
});
