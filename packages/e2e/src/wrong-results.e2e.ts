import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from './workspace';

const LOGD = 'dist/aarch64/cranelift/logd';
const ZEROD = 'dist/aarch64/cranelift/zerod';

describe('a result that would be wrong', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await createWorkspace();
  });
  afterAll(() => workspace?.remove());
  beforeEach(() => workspace.reset());

  const at = (path: string) => join(workspace.root, path);
  const withDefaults = async (targetDefaults: unknown) => {
    const nxJson = await workspace.readJson<Record<string, unknown>>('nx.json');
    await workspace.write('nx.json', JSON.stringify({ ...nxJson, targetDefaults }));
  };

  it('is none where the defaults of nx.json replace what `build` depends on: it is built', async () => {
    await withDefaults({ build: { cache: true, dependsOn: ['^build'] } });
    for (const round of ['first', 'second']) {
      await rm(at(LOGD), { recursive: true, force: true });
      const { exitCode, output } = await workspace.nx(['run', 'logd:build']);
      expect(exitCode, output).toBe(0);
      expect(existsSync(at(`${LOGD}/stage/usr/bin/logd`)), `${round}:\n${output}`).toBe(true);
    }
  });

  it('is refused where the defaults of nx.json replace what a task hashes', async () => {
    const narrowed = { 'bundle-*': { inputs: ['{projectRoot}/**/*'] } };
    await withDefaults(narrowed);
    const { exitCode, output } = await workspace.nx(['run', 'initfs:bundle-cranelift', '--excludeTaskDependencies']);
    expect(exitCode, output).not.toBe(0);
    expect(output).toContain('nx.json: targetDefaults["bundle-*"] replaces inputs of initfs:bundle-cranelift');
    expect(output).toContain('"@nx-redox/initfs:bundle": {}');
    // The advice, followed.
    await withDefaults({ ...narrowed, '@nx-redox/initfs:bundle': {} });
    const shown = await workspace.nx(['show', 'target', 'initfs:bundle-cranelift', '--json']);
    expect(shown.stdout).toContain('@nx-redox/initfs:bundle');
    expect(shown.stdout).toContain('**/stage/**');
  });

  it('is stopped where the cache gives other bytes than were built', async () => {
    const results = await readdir(at('.nx/cache'));
    const copies = results.map((hash) => at(`.nx/cache/${hash}/${ZEROD}/stage/usr/bin/zerod`)).filter(existsSync);
    expect(copies.length).toBeGreaterThan(0);
    for (const file of copies) {
      const bytes = await readFile(file);
      bytes[bytes.length >> 1]! ^= 1;
      await writeFile(file, bytes);
    }
    await rm(at(ZEROD), { recursive: true, force: true });
    await workspace.edit('recipes/mini/initfs/etc/init.rc', /$/, '# another image\n');
    const { exitCode, output } = await workspace.nx(['run', 'mini:boot']);
    expect(exitCode, output).not.toBe(0);
    expect(output).toContain(`${ZEROD}/stage/usr/bin/zerod: the content of this file is not what was built`);
    // The advice, followed.
    const again = await workspace.nx(['run', 'zerod:build-cranelift', '--skip-nx-cache']);
    expect(again.exitCode, again.output).toBe(0);
  });

  it('is said where Nx restores from a cache that has lost it', async () => {
    const program = at(`${ZEROD}/stage/usr/bin/zerod`);
    const build = () => workspace.nx(['run', 'zerod:build-cranelift']);
    await build();
    const results = (await readdir(at('.nx/cache'))).map((hash) => at(`.nx/cache/${hash}`));
    const lost = results.filter((folder) => existsSync(join(folder, ZEROD)));
    expect(lost.length).toBeGreaterThan(0);
    for (const folder of [...lost, at(ZEROD)]) await rm(folder, { recursive: true, force: true });
    // Nx says that it has restored it.
    const { output } = await build();
    expect(existsSync(program), output).toBe(false);
    expect(output).toMatch(/warning: Nx took results from its cache whose files are gone: .*\bzerod:build-cranelift\b/);
    // The advice, followed.
    const again = await build();
    expect([again.exitCode, existsSync(program)], again.output).toEqual([0, true]);
    expect(again.output).not.toContain('whose files are gone');
  });
});
