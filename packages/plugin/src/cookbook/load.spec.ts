import { afterEach, describe, expect, it } from 'vitest';
import { inferProjects } from '../create-nodes';
import { TestWorkspace } from '../testing/workspace';

const built = (body = '') => `[build]\ntemplate = "custom"\nscript = "make"\n${body}\n`;

describe('projects of a checkout', () => {
  let workspace: TestWorkspace | undefined;
  afterEach(() => workspace?.dispose());

  it('have names, those for the host too, whatever recipes are called', () => {
    const files = {
      'config/minimal.toml': '[packages]\ntool = {}\n',
      'recipes/libs/zlib/recipe.toml': built(),
      'recipes/other/cookbook/recipe.toml': built('dependencies = ["host:zlib"]'),
      'recipes/tools/tool/recipe.toml': built('dependencies = ["cookbook"]'),
    };
    workspace = new TestWorkspace(files);
    const nodes = inferProjects(Object.keys(files), { configs: ['minimal'] }, workspace.root);
    const projects = nodes.flatMap(([, { projects }]) => Object.values(projects ?? {}));
    expect(projects.map(({ name }) => name).sort()).toEqual([
      'cookbook',
      'minimal',
      'tool',
      'toolchain',
      'zlib',
      'zlib@host',
    ]);
    expect(projects.find(({ name }) => name === 'cookbook')?.tags).not.toContain('broken');
  });

  it('of a config install what packages name, and know what these are built with, for its shared libraries', () => {
    const files = {
      'config/minimal.toml': '[packages]\ntool = {}\n',
      'recipes/libs/zlib/recipe.toml': `${built()}[package]\ndependencies = ["tables"]\n`,
      'recipes/libs/tables/recipe.toml': built(),
      'recipes/core/bootloader/recipe.toml': built(),
      'recipes/tools/tool/recipe.toml': built('dependencies = ["zlib"]'),
    };
    workspace = new TestWorkspace(files);
    const nodes = inferProjects(Object.keys(files), { configs: ['minimal'] }, workspace.root);
    const projects = nodes.flatMap(([, { projects }]) => Object.values(projects ?? {}));
    const { options, dependsOn } = projects.find(({ name }) => name === 'minimal')!.targets!['image-llvm']!;
    const stage = (name: string) => ({ [name]: `dist/{arch}/llvm/${name}/stage` });
    expect(options).toMatchObject({
      packages: { ...stage('tables'), ...stage('tool') },
      libraries: stage('zlib'),
      bootloader: 'dist/{arch}/llvm/bootloader/stage',
    });
    expect(dependsOn).toEqual([{ projects: ['tables', 'tool', 'bootloader', 'zlib'], target: 'build-llvm' }]);
  });
});
