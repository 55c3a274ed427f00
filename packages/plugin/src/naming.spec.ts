import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProjectConfiguration } from '@nx/devkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inferProjects } from './create-nodes';
import { foreignNames } from './naming';
import { TestWorkspace } from './testing/workspace';

describe('names of other projects', () => {
  let root: string;
  const write = (file: string, value: unknown) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), typeof value === 'string' ? value : JSON.stringify(value));
    return file;
  };
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'nx-redox-names-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  it('are those of project.json and of the members of the package manager’s workspace', () => {
    const files = [
      write('package.json', { name: 'root', workspaces: ['packages/*'] }),
      write('packages/a/package.json', { name: 'init' }),
      write('packages/b/package.json', { name: 'x', nx: { name: 'kernel' } }),
      write('fixtures/c/package.json', { name: 'logd' }),
      write('apps/base/project.json', {}),
      write('apps/d/project.json', '{'),
    ];
    expect(Object.fromEntries(foreignNames(files, root))).toEqual({
      init: 'packages/a/package.json',
      kernel: 'packages/b/package.json',
      base: 'apps/base/project.json',
    });
  });
});

describe('projects', () => {
  let workspace: TestWorkspace;
  let said = '';
  beforeEach(() => {
    workspace = new TestWorkspace();
    said = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const infer = async (options: object = {}) => {
    const nodes = await inferProjects(workspace.files(), options, workspace.root);
    const all = nodes.flatMap(([, { projects = {} }]) => Object.values(projects)) as ProjectConfiguration[];
    return Object.fromEntries(all.map((project) => [project.name!, project]));
  };
  /** Each task that a target depends on is one of a project that is there. */
  const checkDependencies = (projects: Record<string, ProjectConfiguration>) => {
    for (const [name, { targets = {} }] of Object.entries(projects)) {
      for (const entry of Object.values(targets).flatMap(({ dependsOn = [] }) => dependsOn)) {
        if (typeof entry === 'string') expect(targets, name).toHaveProperty([entry.replace(/^\^/, '')]);
        else
          for (const other of entry.projects ?? [])
            expect(projects[other]?.targets, other).toHaveProperty([entry.target]);
      }
    }
  };

  it('have tags by which architectures and kinds are selected', async () => {
    workspace.write(
      'recipes/mini/logd/recipe.toml',
      workspace.read('recipes/mini/logd/recipe.toml') + 'tags = ["kind:service"]\n',
    );
    const { logd, mini } = await infer();
    expect(logd!.tags).toEqual(['system:mini', 'kind:program', 'arch:aarch64', 'kind:service']);
    expect(mini!.tags).toEqual(['system:mini', 'kind:system', 'arch:aarch64']);
  });

  it('whose name belongs to somebody else get another one, and the graph stays whole', async () => {
    workspace.write('apps/logd/project.json', '{"name":"logd"}');
    workspace.write('apps/toolchain/project.json', '{}');
    const projects = await infer();
    expect(Object.keys(projects)).toEqual(expect.arrayContaining(['redox-logd', 'redox-toolchain', 'mini', 'kernel']));
    expect(projects).not.toHaveProperty('logd');
    checkDependencies(projects);
    expect(said).toContain('the project logd is called redox-logd: apps/logd/project.json has that name');
    expect(said).toContain('the option "prefix"');
  });

  it('have the prefix and the target names that nx.json asks for', async () => {
    const projects = await infer({
      prefix: 'os-',
      targetNames: { build: 'compile', sysroot: 'std', 'lint-recipe': 'lint' },
    });
    expect(Object.keys(projects).every((name) => name.startsWith('os-'))).toBe(true);
    expect(Object.keys(projects['os-logd']!.targets!)).toEqual(
      expect.arrayContaining(['compile', 'compile-cranelift', 'fetch', 'lint']),
    );
    expect(projects['os-mini']!.targets).toHaveProperty('lint-recipes');
    expect(projects['os-toolchain']!.targets).toHaveProperty('std-mini-llvm');
    checkDependencies(projects);
    expect(said).toBe('');
  });
});
