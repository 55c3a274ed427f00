import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '@nx-redox/kit';
import { logger, readJson, type Tree } from '@nx/devkit';
import { flushChanges, FsTree } from 'nx/src/generators/tree';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { activeSystems } from '../nx-json';
import importGenerator from './import.impl';
import type { ImportReport } from './report';

const FULL = '0123456789abcdef0123456789abcdef01234567';

describe('the generator import', () => {
  let tree: Tree;
  let root: string;
  const write = (file: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  };
  const report = (directory = 'recipes/redox') => readJson<ImportReport>(tree, `${directory}/import-report.json`);
  beforeEach(() => {
    tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
    root = mkdtempSync(join(tmpdir(), 'nx-redox-cookbook-'));
    vi.spyOn(logger, 'info').mockImplementation(() => undefined);
    write(
      'recipes/core/zlib/recipe.toml',
      '[source]\ntar = "https://example.org/zlib.tar.gz"\n[build]\ntemplate = "configure"\n',
    );
    write('recipes/core/zlib/fix.patch', Uint8Array.of(0, 159, 146, 150));
    write('recipes/core/zlib/source/large.c', 'x');
    write('recipes/core/zlib/target/x', 'x');
    write(
      'recipes/net/curl/recipe.toml',
      `[source]\ngit = "https://example.org/curl"\nrev = "${FULL}"\n[build]\ntemplate = "cargo"\ndependencies = ["zlib", "host:cmake", "qt4"]\n`,
    );
    write('recipes/net/README.md', 'not of a recipe\n');
    write('src/main.rs', 'not of the recipes\n');
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true, force: true });
  });
  const importRoot = (directory = 'recipes/redox') => importGenerator(tree, { from: root, directory });

  it("takes the files of a system's own folder, and says what it left", async () => {
    write('recipes/system.toml', '[system]\nname = "redox"\n');
    write('recipes/Cargo.toml', '[workspace]\n');
    write('recipes/Cargo.lock', 'version = 4\n');
    write('recipes/target/debug/x', 'x');
    write('recipes/docs/main.rs', 'x');
    write('recipes/inner/a/recipe.toml', '');
    write('recipes/inner/system.toml', '');
    await importRoot();
    expect(tree.read('recipes/redox/system.toml', 'utf8')).toBe('[system]\nname = "redox"\n');
    expect(tree.exists('recipes/redox/Cargo.toml') && tree.exists('recipes/redox/Cargo.lock')).toBe(true);
    expect(tree.exists('recipes/redox/docs/main.rs')).toBe(false);
    expect(report().skipped).toEqual([
      { path: 'docs', reason: expect.stringContaining('no recipe') },
      { path: 'inner/system.toml', reason: expect.stringContaining('import inner by itself') },
    ]);
  });

  it('copies recipes with the files beside them, byte by byte, and nothing else', async () => {
    write('recipes/core/zlib/run.sh', '#!/bin/sh\r\n');
    chmodSync(join(root, 'recipes/core/zlib/run.sh'), 0o755);
    await importRoot();
    const files = tree.listChanges().filter(({ path }) => path.startsWith('recipes/'));
    expect(files.map(({ path }) => path.replace('recipes/redox/', '')).sort()).toEqual([
      'core/zlib/fix.patch',
      'core/zlib/recipe.toml',
      'core/zlib/run.sh',
      'import-report.json',
      'net/curl/recipe.toml',
    ]);
    expect([...tree.read('recipes/redox/core/zlib/fix.patch')!]).toEqual([0, 159, 146, 150]);
    expect(tree.read('recipes/redox/core/zlib/run.sh', 'utf8')).toBe('#!/bin/sh\r\n');
    expect(files.find(({ path }) => path.endsWith('run.sh'))?.options?.mode).toBe(0o755);
  });

  it('counts, and names what is not pinned or not there', async () => {
    await importRoot();
    expect(report()).toMatchObject({
      recipes: 2,
      templates: { configure: 1, cargo: 1 },
      sources: { tar: 1, git: 1 },
      unreadable: [],
      unpinned: [{ recipe: 'recipes/redox/core/zlib', reason: 'the archive has no hash that it is checked against' }],
      unknownDependencies: [
        { recipe: 'recipes/redox/net/curl', dependency: 'host:cmake' },
        { recipe: 'recipes/redox/net/curl', dependency: 'qt4' },
      ],
      skipped: [],
    });
    const [text] = vi.mocked(logger.info).mock.calls.at(-1)!;
    expect(text).toContain('2 recipes with 3 files');
    expect(text).toContain('recipes/redox/core/zlib: the archive has no hash');
  });

  it('puts them into the graph, behind the systems that are there', async () => {
    await importRoot();
    expect(tree.read('nx.json', 'utf8')).not.toContain('redox');
    tree.write('recipes/a/system.toml', '');
    tree.write('nx.json', JSON.stringify({ plugins: [{ plugin: '@nx-redox/plugin', options: { systems: ['a'] } }] }));
    await importRoot('recipes/second');
    expect(activeSystems(tree)).toEqual(['a', 'second']);
    // The plugin's default is no system of this workspace.
    tree.write('nx.json', JSON.stringify({ plugins: ['@nx-redox/plugin'] }));
    await importRoot('recipes/third');
    expect(activeSystems(tree)).toEqual(['a', 'third']);
    await importRoot('recipes/third/more');
    expect(vi.mocked(logger.info).mock.calls.at(-1)![0]).toContain('They belong to third.');
    await importRoot('vendor/recipes');
    expect(activeSystems(tree)).toEqual(['a', 'third']);
  });

  it('takes recipes with mistakes, and says where they are', async () => {
    write('recipes/wip/broken/recipe.toml', '[source]\ngit = "x\n');
    write('recipes/wip/go/recipe.toml', '[build]\ntemplate = "go"\n');
    write('recipes/wip/typo/recipe.toml', '[build]\ntemplate = "configure"\nconfigure = ["x"]\n');
    await importRoot();
    const { unreadable, warnings, recipes } = report();
    expect(recipes).toBe(5);
    expect(unreadable.map(({ file, line }) => `${file}:${line}`)).toEqual(
      expect.arrayContaining(['recipes/redox/wip/broken/recipe.toml:2', 'recipes/redox/wip/go/recipe.toml:2']),
    );
    expect([...unreadable, ...warnings].map(({ advice }) => advice.join())).toContainEqual(
      expect.stringContaining('configureflags'),
    );
    expect(tree.read('recipes/redox/wip/broken/recipe.toml', 'utf8')).toBe('[source]\ngit = "x\n');
  });

  it('reports two recipes of one name, and what it leaves behind', async () => {
    write('recipes/libs/zlib/recipe.toml', '');
    write('recipes/old/thing/recipe.sh', 'GIT=x\n');
    symlinkSync('/etc/passwd', join(root, 'recipes/net/curl/passwords'));
    await importRoot();
    expect(report().duplicates).toEqual([
      { name: 'zlib', directories: ['recipes/redox/core/zlib', 'recipes/redox/libs/zlib'] },
    ]);
    expect(report().skipped).toEqual([
      { path: 'net/curl/passwords', reason: 'it is a symbolic link' },
      { path: 'old/thing', reason: expect.stringContaining('recipe.sh') },
    ]);
    expect(tree.exists('recipes/redox/net/curl/passwords')).toBe(false);
  });

  it('writes locks when the recipes are copied, and reports those that it cannot write', async () => {
    const source = join(root, 'project');
    mkdirSync(source);
    const git = (...args: string[]) =>
      run('git', ['-C', source, '-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args]);
    await git('init', '--quiet');
    await git('commit', '--quiet', '--allow-empty', '--message=x');
    rmSync(join(root, 'recipes'), { recursive: true });
    write('recipes/good/recipe.toml', `[source]\ngit = "file://${source}"\n`);
    write('recipes/bad/recipe.toml', '[source]\ngit = "file:///nowhere/at/all"\n');
    write('recipes/ugly/recipe.toml', '[source\n');
    const workspace = new FsTree(join(root, 'workspace'), false);
    workspace.write('nx.json', JSON.stringify({ plugins: [{ plugin: '@nx-redox/plugin', options: { systems: [] } }] }));
    vi.stubEnv('REDOX_SOURCE_HOME', join(root, 'store'));
    const callback = await importGenerator(workspace, { from: root, directory: 'recipes/book', skipFormat: true });
    flushChanges(workspace.root, workspace.listChanges());
    const read = (file: string) => readFileSync(join(workspace.root, 'recipes/book', file), 'utf8');
    expect(JSON.parse(read('import-report.json')).unpinned).toHaveLength(2);
    await callback!();
    expect(read('good/recipe.lock')).toContain(`git = "file://${source}"`);
    const { unpinned, locks } = JSON.parse(read('import-report.json')) as ImportReport;
    expect(unpinned.map(({ recipe }) => recipe)).toEqual(['recipes/book/bad']);
    expect(locks).toEqual({
      written: 1,
      failed: [{ recipe: 'recipes/book/bad', reason: expect.stringContaining('file:///nowhere/at/all') }],
    });
    const [said] = vi.mocked(logger.info).mock.calls.at(-1)!;
    expect(said).toContain('nx run book:update-locks --missing');

    const without = await importGenerator(workspace, { from: root, directory: 'recipes/two', locks: false });
    expect(without).toBeUndefined();
  });

  it('does not write over what is there, nor outside of the workspace', async () => {
    await importRoot();
    await expect(importRoot()).rejects.toThrow(/recipes\/redox is not empty/);
    for (const directory of ['../x', '/x', 'recipes/../..', '.']) {
      await expect(importRoot(directory)).rejects.toThrow(/must be a folder in this workspace/);
    }
  });

  it('says that there are no recipes, or no folder', async () => {
    rmSync(join(root, 'recipes'), { recursive: true });
    await expect(importRoot()).rejects.toThrow(/no recipe\.toml/);
    rmSync(root, { recursive: true });
    await expect(importRoot()).rejects.toThrow(/no such folder/);
  });

  describe('from a git repository', () => {
    const git = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await run('git', [
        '-C',
        root,
        '-c',
        'user.name=t',
        '-c',
        'user.email=t@example.invalid',
        ...args,
      ]);
      expect(exitCode, stderr).toBe(0);
      return stdout.trim();
    };
    const leftOvers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('nx-redox-import-'));

    it('clones it, takes the recipes of its newest commit, and cleans up', async () => {
      await git('init', '--quiet', '--initial-branch=main');
      await git('add', '--all', '--force');
      await git('commit', '--quiet', '--message=x');
      const before = leftOvers();
      await importGenerator(tree, { from: `file://${root}` });
      const directory = `recipes/${root
        .split('/')
        .at(-1)!
        .replaceAll(/[^\w-]/g, '-')}`;
      expect(report(directory)).toMatchObject({
        from: `file://${root}`,
        commit: await git('rev-parse', 'HEAD'),
        recipes: 2,
      });
      expect(tree.exists(`${directory}/net/curl/recipe.toml`)).toBe(true);
      expect(leftOvers()).toEqual(before);
    });

    it('says why it cannot be cloned', async () => {
      const before = leftOvers();
      await expect(importGenerator(tree, { from: 'file:///nowhere/at/all' })).rejects.toThrow(
        /git cannot clone file:\/\/\/nowhere/,
      );
      expect(leftOvers()).toEqual(before);
    });
  });
});
