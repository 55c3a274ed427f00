import { formatDiagnostic } from '@nx-redox/kit/toml';
import { beforeEach, describe, expect, it } from 'vitest';
import { edgesBetween, edgesOf } from './edges';
import type { SystemModel } from './model';
import type { Project } from './nx';
import { recipeProject } from './projects/recipe';
import { systemProject } from './projects/system';
import { TestWorkspace } from './testing/workspace';

const GIT = 'git = "https://example.org/daemons.git"';
const CARGO = '[build]\ntemplate = "cargo"\n';

describe('recipes whose source is fetched, or that a script builds', () => {
  let workspace: TestWorkspace;
  beforeEach(() => {
    workspace = new TestWorkspace();
    workspace.write(
      'recipes/mini/netd/recipe.toml',
      `[source]\n${GIT}\npatches = ["fix.patch"]\n${CARGO}[nx]\nspec = "mini"\n`,
    );
    workspace.write(
      'recipes/mini/pingd/recipe.toml',
      `[source]\nsame_as = "../netd"\n${CARGO}cargopath = "ping"\n[nx]\nbin = "ping"\n`,
    );
  });

  const system = (): SystemModel => workspace.model().systems[0]!;
  const project = (name: string): Project => {
    const model = system();
    return recipeProject(model.byName.get(name)!, model, () => []);
  };
  const problems = () => system().recipes.flatMap(({ diagnostics }) => diagnostics.map(formatDiagnostic));

  it('have targets that fetch, lock and build them', () => {
    expect(problems()).toEqual([]);
    const { targets = {}, metadata } = project('netd');
    expect(metadata?.targetGroups?.['source']).toEqual(['fetch', 'update-lock', 'doctor']);
    expect(targets['fetch']).toMatchObject({
      executor: '@nx-redox/sources:fetch',
      cache: false,
      options: { recipe: 'recipes/mini/netd' },
    });
    expect(targets['update-lock']).toMatchObject({
      executor: '@nx-redox/sources:update-lock',
      cache: false,
      options: { recipe: 'recipes/mini/netd', sharedBy: ['recipes/mini/pingd'] },
    });
    const build = targets['build-llvm']!;
    expect(build.executor).toBe('@nx-redox/cargo:build');
    expect(build.dependsOn).toEqual(['fetch', { projects: ['toolchain'], target: 'sysroot-mini-llvm' }]);
    expect(build.options).toMatchObject({
      manifestPath: 'recipes/mini/netd/source/Cargo.toml',
      package: 'netd',
      bin: 'netd',
      stagePath: 'usr/bin/netd',
    });
    // The tree itself is no input: recipe.lock, one of the recipe's own files, says what it is.
    expect(build.inputs).toEqual([
      '{workspaceRoot}/recipes/mini/netd/**/*',
      '!{workspaceRoot}/recipes/mini/netd/**/*.md',
      '!{workspaceRoot}/recipes/mini/netd/source/**',
      '!{workspaceRoot}/recipes/mini/netd/.source*',
      '{workspaceRoot}/recipes/mini/.cargo/config.toml',
      '{workspaceRoot}/recipes/mini/.cargo/config',
      '{workspaceRoot}/recipes/.cargo/config.toml',
      '{workspaceRoot}/recipes/.cargo/config',
      '{workspaceRoot}/.cargo/config.toml',
      '{workspaceRoot}/.cargo/config',
      { dependentTasksOutputFiles: '**/identity.json', transitive: true },
      { dependentTasksOutputFiles: '**/llvm/toolchain/mini/*.json' },
    ]);
  });

  it('share a source that one of them fetches', () => {
    const { targets = {} } = project('pingd');
    expect(targets['fetch']!.dependsOn).toEqual([{ projects: ['netd'], target: 'fetch', params: 'forward' }]);
    expect(targets['update-lock']).toMatchObject({
      dependsOn: [{ projects: ['netd'], target: 'update-lock', params: 'forward' }],
      options: { recipe: 'recipes/mini/pingd' },
    });
    const build = targets['build-cranelift']!;
    expect(build.options).toMatchObject({
      manifestPath: 'recipes/mini/netd/source/ping/Cargo.toml',
      package: 'pingd',
      bin: 'ping',
    });
    const files = build.inputs!.filter((input) => typeof input === 'string' && input.includes('netd'));
    // Not netd's lock, which moves for others too, and no edge, by which its changes would reach this project.
    expect(files).toEqual([
      '{workspaceRoot}/recipes/mini/netd/recipe.toml',
      '{workspaceRoot}/recipes/mini/netd/fix.patch',
      // Cargo runs below it.
      '{workspaceRoot}/recipes/mini/netd/.cargo/config.toml',
      '{workspaceRoot}/recipes/mini/netd/.cargo/config',
    ]);
    const model = workspace.model();
    const names = ['mini', 'netd', 'pingd', 'toolchain'];
    const edges = edgesBetween(edgesOf(model), Object.fromEntries(names.map((name) => [name, {}])), {});
    expect(edges.map(({ source, target }) => `${source} ${target}`)).toEqual(['netd toolchain', 'pingd toolchain']);
  });

  it('read nothing of a tree that is there already', () => {
    const before = workspace.model();
    workspace.write('recipes/mini/netd/source/Cargo.toml', '[package]\nname = "other"\n');
    expect(workspace.model()).toEqual(before);
  });

  it('use a source in place by way of another recipe', () => {
    workspace.write(
      'recipes/mini/logd2/recipe.toml',
      `[source]\nsame_as = "../logd"\n${CARGO}[nx]\npackage = "logd"\n`,
    );
    expect(problems()).toEqual([]);
    const { targets = {} } = project('logd2');
    expect(Object.keys(targets)).not.toContain('update-lock');
    expect(targets['build-llvm']!.dependsOn).toHaveLength(1);
    expect(targets['build-llvm']!.inputs).toEqual(expect.arrayContaining(['{workspaceRoot}/recipes/mini/logd/**/*']));
    expect(targets['build-llvm']!.options.manifestPath).toBe('recipes/mini/logd/Cargo.toml');
  });

  it.each([
    [
      'nowhere',
      'there is no recipe in recipes/mini/nowhere\n  → same_as is relative to the folder of the recipe, such as ../../core/relibc',
    ],
    [
      'initfs',
      'recipes/mini/initfs/recipe.toml has no [source]\n  → name a recipe with git, tar or path, or say here where the source is',
    ],
    [
      'pingd',
      'same_as leads in a circle\n  → one of the recipes must say where the source comes from: git, tar or path',
    ],
  ])('report same_as = "../%s"', (name, expected) => {
    workspace.write(
      'recipes/mini/pingd/recipe.toml',
      `[source]\nsame_as = "../${name}"\n${CARGO}[nx]\nspec = "mini"\n`,
    );
    expect(problems()).toEqual([`recipes/mini/pingd/recipe.toml:2:11: ${expected}`]);
    expect(project('pingd').targets!['build']!.executor).toBe('@nx-redox/recipe:report');
  });

  describe('linker scripts', () => {
    const write = (script: string) =>
      workspace.write(
        'recipes/mini/netd/recipe.toml',
        `[source]\n${GIT}\n${CARGO}cargopath = "net"\n[nx]\nlinker-script = "${script}"\n`,
      );

    it('in the source are not looked for', () => {
      write('link/{arch}.ld');
      expect(problems()).toEqual([]);
      const { options, inputs } = project('netd').targets!['build-llvm']!;
      expect(options.linkerScript).toBe('recipes/mini/netd/source/net/link/{arch}.ld');
      expect(JSON.stringify(inputs)).not.toContain('.ld');
    });

    it('of a source that another recipe has are in it, even if that names a folder', () => {
      workspace.write('work/net/Cargo.toml', '[package]\nname = "httpd"\nversion = "0.1.0"\n[workspace]\n');
      workspace.write('work/net/src/main.rs', '');
      workspace.write('work/net/httpd.ld', '');
      workspace.write(
        'recipes/mini/clone/recipe.toml',
        '[source]\npath = "../../../work"\n[build]\ntemplate = "none"\n',
      );
      workspace.write(
        'recipes/mini/httpd/recipe.toml',
        `[source]\nsame_as = "../clone"\n${CARGO}cargopath = "net"\n[nx]\nlinker-script = "httpd.ld"\n`,
      );
      expect(problems()).toEqual([]);
      expect(project('httpd').targets!['build-llvm']!.options.linkerScript).toBe('work/net/httpd.ld');
    });

    it('outside of it are, for each architecture', () => {
      write('../../../rt/{arch}.ld');
      expect(problems()).toEqual([
        'recipes/mini/netd/recipe.toml:7:17: the linker script recipes/mini/rt/aarch64.ld does not exist\n  → the path is relative to the folder of the crate in the source',
      ]);
      workspace.write('recipes/mini/rt/aarch64.ld', '');
      expect(problems()).toEqual([]);
      expect(project('netd').targets!['build-llvm']!.inputs).toContain('{workspaceRoot}/recipes/mini/rt/aarch64.ld');
    });
  });

  describe('scripts', () => {
    beforeEach(() => {
      workspace.write(
        'recipes/mini/zlib/recipe.toml',
        `[source]\ntar = "https://example.org/zlib.tar.gz"\n[build]\ntemplate = "configure"\n[nx]\nkind = "library"\n`,
      );
      workspace.write(
        'recipes/mini/png/recipe.toml',
        '[build]\ntemplate = "custom"\nscript = "make"\ndependencies = ["zlib"]\n[nx]\nkind = "library"\n',
      );
      workspace.write(
        'recipes/mini/view/recipe.toml',
        `[source]\n${GIT}\n${CARGO}dependencies = ["png"]\ndev-dependencies = ["meta"]\n`,
      );
      workspace.write('recipes/mini/meta/recipe.toml', '[build]\ntemplate = "none"\ndependencies = ["logd"]\n');
    });

    it('get what their dependencies have staged, those first that others need', () => {
      expect(problems()).toEqual([]);
      expect(project('view').targets!['build-cranelift']).toMatchObject({
        executor: '@nx-redox/cargo:script',
        dependsOn: [
          'fetch',
          { projects: ['toolchain'], target: 'install' },
          { projects: ['zlib', 'png', 'logd'], target: 'build-cranelift' },
        ],
        options: {
          recipe: 'recipes/mini/view/recipe.toml',
          sourcePath: 'recipes/mini/view/source',
          dependencies: ['zlib', 'png', 'logd'].map((name) => `dist/{arch}/cranelift/${name}/stage`),
          outputPath: 'dist/{arch}/cranelift/view',
        },
      });
    });

    it('of libraries stage files, too', () => {
      const { targets = {} } = project('png');
      expect(Object.keys(targets).sort()).toEqual(
        ['build', 'build-cranelift', 'build-llvm', 'check-elf', 'lint-recipe', 'size'].sort(),
      );
      expect(targets['build-llvm']!.options.sourcePath).toBeUndefined();
      expect(targets['check-elf']!.options.kind).toBe('program');
    });

    it('that compile no Rust need no spec', () => {
      workspace.write(
        'recipes/mini/system.toml',
        workspace
          .read('recipes/mini/system.toml')
          .replace('[spec.mini]', '[spec.user]\nbase = { aarch64 = "x" }\n[spec.mini]'),
      );
      expect(system().byName.get('png')!.diagnostics).toEqual([]);
      expect(project('png').targets!['build-llvm']!.dependsOn).toEqual([
        { projects: ['toolchain'], target: 'install' },
        { projects: ['zlib'], target: 'build-llvm' },
      ]);
      expect(
        system()
          .byName.get('view')!
          .diagnostics.map(({ message }) => message),
      ).toEqual(['the recipe does not say which spec it is compiled for']);
    });

    it('count all files of a source that is used in place', () => {
      workspace.write('recipes/mini/tool/recipe.toml', `[source]\npath = "../logd"\n${CARGO}`);
      expect(project('tool').targets!['build-llvm']!.inputs).toEqual(
        expect.arrayContaining([
          '{workspaceRoot}/recipes/mini/logd/**/*',
          '{workspaceRoot}/recipes/mini/rt/**/*',
          '{workspaceRoot}/recipes/mini/Cargo.lock',
        ]),
      );
    });
  });

  it('make programs of a script known to the boot', () => {
    workspace.write('recipes/mini/logd/recipe.toml', '[build]\ntemplate = "custom"\nscript = "make"\n');
    expect(problems()).toEqual([]);
    expect(systemProject(system(), () => []).targets!['boot-llvm']!.options.debugFiles).toEqual([
      'dist/{arch}/llvm/kernel/debug/kernel',
      'dist/{arch}/llvm/bootstrap/debug/bootstrap',
      'dist/{arch}/llvm/logd/debug/logd',
    ]);
  });
});
