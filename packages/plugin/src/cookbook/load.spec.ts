import { describe, expect, it, vi } from 'vitest';
import { inferProjects } from '../create-nodes';
import { TestWorkspace } from '../testing/workspace';

const built = (body = '') => `[build]\ntemplate = "custom"\nscript = "make"\n${body}\n`;

describe('projects of a checkout', () => {
  const infer = async (files: Record<string, string>) => {
    const { root } = new TestWorkspace(files);
    const nodes = await inferProjects(Object.keys(files), { configs: ['minimal'] }, root);
    return nodes.flatMap(([, { projects }]) => Object.values(projects ?? {}));
  };

  it('have names, those for the host too, whatever recipes are called', async () => {
    const files = {
      'config/minimal.toml': '[packages]\ntool = {}\n',
      'recipes/libs/zlib/recipe.toml': built(),
      'recipes/other/cookbook/recipe.toml': built('dependencies = ["host:zlib"]'),
      'recipes/tools/tool/recipe.toml': built('dependencies = ["cookbook"]'),
    };
    const projects = await infer(files);
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

  it('of a config install what packages name, and know what these are built with, for its shared libraries', async () => {
    const files = {
      'config/minimal.toml': '[packages]\ntool = {}\n',
      'recipes/libs/zlib/recipe.toml': `${built()}[package]\ndependencies = ["tables"]\n`,
      'recipes/libs/tables/recipe.toml': built(),
      'recipes/core/bootloader/recipe.toml': built(),
      'recipes/tools/tool/recipe.toml': built('dependencies = ["zlib"]'),
    };
    const projects = await infer(files);
    const { options, dependsOn } = projects.find(({ name }) => name === 'minimal')!.targets!['image-llvm']!;
    const stage = (name: string) => ({ [name]: `dist/{arch}/llvm/${name}/stage` });
    expect(options).toMatchObject({
      packages: { ...stage('tables'), ...stage('tool') },
      libraries: stage('zlib'),
      bootloader: 'dist/{arch}/llvm/bootloader/stage',
    });
    expect(dependsOn).toEqual([{ projects: ['tables', 'tool', 'bootloader', 'zlib'], target: 'build-llvm' }]);
  });

  it('for the host are built for this machine, and are what recipes that name them find on PATH', async () => {
    const files = {
      'config/minimal.toml': '[packages]\ntool = {}\n',
      'recipes/core/bootloader/recipe.toml': built(),
      'recipes/libs/codec/recipe.toml': built(),
      'recipes/libs/headers/recipe.toml': built(),
      'recipes/dev/generator/recipe.toml': built('dependencies = ["codec", "target:headers", "host:generator"]'),
      'recipes/libs/tables/recipe.toml': built('dependencies = ["host:generator"]'),
      'recipes/tools/tool/recipe.toml': built('dependencies = ["tables"]'),
    };
    const projects = await infer(files);
    const targetOf = (name: string, target: string) => projects.find((one) => one.name === name)!.targets![target]!;
    const generator = targetOf('generator@host', 'build');
    expect(generator.options).toEqual({
      machine: 'host',
      recipe: 'recipes/dev/generator/recipe.toml',
      dependencies: ['dist/host/codec/stage'],
      hostDependencies: ['dist/host/codec/stage'],
      outputPath: 'dist/host/generator',
    });
    expect(generator.dependsOn).toContainEqual({ projects: ['codec@host'], target: 'build' });
    expect(generator.inputs).toContain('{workspaceRoot}/recipes/dev/generator/**/*');
    for (const name of ['tables', 'tool']) {
      const { options, dependsOn } = targetOf(name, 'build-llvm');
      expect(options).toMatchObject({ hostDependencies: ['dist/host/{codec,generator}/stage'] });
      expect(dependsOn).toContainEqual({ projects: ['codec@host', 'generator@host'], target: 'build' });
    }
    expect(targetOf('codec', 'build-llvm').options).not.toHaveProperty('hostDependencies');
  });

  it('announce mistakes that a config needs one by one, and count the others', async () => {
    const files = {
      'config/minimal.toml': '[packages]\ntool = {}\n',
      'recipes/core/bootloader/recipe.toml': built(),
      'recipes/tools/tool/recipe.toml': built('dependencies = ["zlib"]'),
      'recipes/libs/zlib/recipe.toml': built('configure = 1'),
      'recipes/wip/one/recipe.toml': '[source]\n',
      'recipes/wip/two/recipe.toml': '[build]\ntemplate = "custom"\n',
    };
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await infer(files);
    const said = write.mock.calls.join('');
    write.mockRestore();
    expect(said).toContain('recipes/libs/zlib/recipe.toml:4:1: unknown key "configure" in [build]');
    expect(said).toContain(
      '2 recipes that no config of the graph needs have mistakes; `npx redox-recipe lint recipes` names them',
    );
    expect(said).not.toContain('recipes/wip');
  });

  it('whose configs are gone say so', async () => {
    const files = { 'recipes/tools/tool/recipe.toml': built() };
    await expect(infer(files)).rejects.toThrow(
      '"configs" is for a checkout of Redox\'s cookbook, and this is none: there is no config/*.toml',
    );
  });
});
