import { formatDiagnostic } from '@nx-redox/kit/toml';
import { beforeEach, describe, expect, it } from 'vitest';
import { backendOf, recipeNamed, type Model } from './model';
import { SMALL_SYSTEM, TestWorkspace } from './testing/workspace';

function problems({ systems, toolchain }: Model): string[] {
  return [
    ...systems.flatMap((system) => [system, ...system.recipes]),
    ...(toolchain === undefined ? [] : [toolchain]),
  ].flatMap(({ diagnostics }) => diagnostics.map(formatDiagnostic));
}

describe('loadModel', () => {
  let workspace: TestWorkspace;
  beforeEach(() => {
    workspace = new TestWorkspace();
  });

  const edit = (file: string, from: string, to: string) => {
    const text = SMALL_SYSTEM[file]!;
    expect(text).toContain(from);
    workspace.write(file, text.replace(from, to));
  };

  it('knows all recipes of a system and what cargo builds for them', () => {
    const model = workspace.model();
    expect(problems(model)).toEqual([]);
    const [mini] = model.systems;
    expect(
      mini!.recipes.map(({ name, kind, project, component }) => [name, kind, project, component?.stagePath]),
    ).toEqual([
      ['bootstrap', 'bootstrap', 'bootstrap', 'usr/lib/boot/bootstrap'],
      ['initfs', 'initfs', 'initfs', undefined],
      ['kernel', 'kernel', 'kernel', 'usr/lib/boot/kernel'],
      ['logd', 'program', 'logd', 'usr/bin/logd'],
      ['rt', 'library', 'rt', undefined],
    ]);
    expect(recipeNamed(mini!, 'logd')!.component).toMatchObject({
      package: 'logd',
      bin: 'logd',
      spec: 'mini',
      linkerScript: undefined,
    });
  });

  it('begins the names of further systems with the system', () => {
    for (const [file, text] of Object.entries(SMALL_SYSTEM))
      workspace.write(file.replace('/mini/', '/other/'), text.replace('name = "mini"', 'name = "other"'));
    const model = workspace.model(['mini', 'other']);
    expect(problems(model)).toEqual([]);
    expect(model.systems.map(({ name, prefix, recipes }) => [name, prefix, recipes[0]!.project])).toEqual([
      ['mini', '', 'bootstrap'],
      ['other', 'other-', 'other-bootstrap'],
    ]);
  });

  it('reads nothing of systems that are not active', () => {
    workspace.write('recipes/broken/x/recipe.toml', '[');
    workspace.write('recipes/broken/system.toml', '[');
    expect(problems(workspace.model())).toEqual([]);
  });

  const INITFS = 'recipes/mini/initfs/recipe.toml';
  it.each<[string, [string, string, string], string[]]>([
    [
      'a recipe that the manifest invents',
      [INITFS, 'from = "logd:', 'from = "logg:'],
      [`${INITFS}:8:8: there is no recipe "logg" in recipes/mini\n  → did you mean "logd"?`],
    ],
    [
      'a file that no recipe stages',
      [INITFS, 'usr/bin/logd', 'usr/bin/log'],
      [`${INITFS}:8:8: recipe "logd" does not stage usr/bin/log\n  → it stages one file: from = "logd:usr/bin/logd"`],
    ],
    [
      'a file that is not there',
      [INITFS, 'from = "etc/init.rc"', 'from = "etc/initrc"'],
      [
        `${INITFS}:11:8: the file recipes/mini/initfs/etc/initrc does not exist\n  → from = "recipe:path" takes a file that another recipe stages`,
      ],
    ],
    [
      'a place that is taken',
      [INITFS, 'to = "etc/init.rc"', 'to = "bin/logd"'],
      [
        `${INITFS}:12:6: "bin/logd" is in the manifest twice; the other entry is in line 7\n  → remove one of the two, or give it another path`,
      ],
    ],
    [
      'a bootstrap that is missing',
      [INITFS, 'bootstrap = "bootstrap"', 'bootstrap = "boot"'],
      [`${INITFS}:6:13: there is no recipe "boot" in recipes/mini\n  → did you mean "bootstrap"?`],
    ],
    [
      'a bootstrap that is none',
      [INITFS, 'bootstrap = "bootstrap"', 'bootstrap = "logd"'],
      [
        `${INITFS}:6:13: recipe "logd" is of kind "program", which has nothing for this place\n  → a recipe of kind "bootstrap" is needed`,
      ],
    ],
    [
      'a library in the manifest',
      [INITFS, 'logd:usr/bin/logd', 'rt:usr/bin/rt'],
      [
        `${INITFS}:8:8: recipe "rt" is of kind "library", which has nothing for this place\n  → a recipe of kind "program", "bootstrap", "kernel" is needed`,
      ],
    ],
    [
      'an initfs without a manifest',
      [
        INITFS,
        '[nx.initfs]\nbootstrap = "bootstrap"\n[[nx.initfs.files]]\nfrom = "logd:usr/bin/logd"\nto = "bin/logd"\n[[nx.initfs.files]]\nfrom = "etc/init.rc"\nto = "etc/init.rc"\n',
        '',
      ],
      [
        `${INITFS}:3:2: there is no [nx.initfs], although the kind is "initfs"\n  → [nx.initfs] with bootstrap = "bootstrap", and [[nx.initfs.files]] for each file`,
      ],
    ],
    [
      'a kernel that is missing',
      ['recipes/mini/system.toml', 'kernel = "kernel"', 'kernel = "kernal"'],
      ['recipes/mini/system.toml:4:10: there is no recipe "kernal" in recipes/mini\n  → did you mean "kernel"?'],
    ],
    [
      'a kernel that is none',
      ['recipes/mini/system.toml', 'kernel = "kernel"', 'kernel = "logd"'],
      [
        'recipes/mini/system.toml:4:10: "logd" is a recipe of kind "program", not "kernel"\n  → set [nx] kind = "kernel" in recipes/mini/logd/recipe.toml',
      ],
    ],
    [
      'an exception for nothing',
      [
        'recipes/mini/system.toml',
        'default = "cranelift"',
        'default = "cranelift"\nlogdd = { use = "llvm", because = "x" }',
      ],
      ['recipes/mini/system.toml:9:1: there is no recipe "logdd" in recipes/mini\n  → did you mean "logd"?'],
    ],
    [
      'a folder of another name',
      ['recipes/mini/system.toml', 'name = "mini"', 'name = "maxi"'],
      [
        'recipes/mini/system.toml:2:8: the system is called "maxi", but its folder recipes/mini\n  → name = "mini", or rename the folder',
      ],
    ],
    [
      'a spec that is not there',
      ['recipes/mini/logd/recipe.toml', 'kind = "program"', 'kind = "program"\nspec = "mimi"'],
      [
        'recipes/mini/logd/recipe.toml:7:8: there is no [spec.mimi] in recipes/mini/system.toml\n  → did you mean "mini"?',
      ],
    ],
    [
      'a linker script that is not there',
      ['recipes/mini/logd/recipe.toml', 'kind = "program"', 'kind = "program"\nlinker-script = "../rt/p.ld"'],
      [
        'recipes/mini/logd/recipe.toml:7:17: the linker script recipes/mini/rt/p.ld does not exist\n  → the path is relative to the folder of the recipe',
      ],
    ],
    [
      'a package of another name',
      ['recipes/mini/logd/Cargo.toml', 'name = "logd"', 'name = "log"'],
      [
        'recipes/mini/logd/recipe.toml:5:2: recipes/mini/logd/Cargo.toml has the package "log", not "logd"\n  → [nx] package = "log"',
      ],
    ],
    [
      'a broken Cargo.toml',
      ['recipes/mini/logd/Cargo.toml', 'name = "logd"', 'name ='],
      [
        'recipes/mini/logd/Cargo.toml:2:7: invalid TOML: invalid value\n  → TOML wants `key = "value"` lines under `[table]` headers: strings in quotes, lists in brackets, no table twice',
      ],
    ],
    [
      'a dependency that is not there',
      [
        'recipes/mini/logd/recipe.toml',
        'template = "cargo"',
        'template = "cargo"\ndependencies = ["host:rtt", "rt.dev"]',
      ],
      [
        'recipes/mini/logd/recipe.toml:5:17: there is no recipe "rtt" in recipes/mini\n  → did you mean "rt"?',
        'recipes/mini/logd/recipe.toml:5:29: recipe "rt" has no optional package "dev"\n  → there are no optional packages in recipes/mini/rt/recipe.toml',
      ],
    ],
    [
      'a program in the initfs that nothing builds',
      ['recipes/mini/logd/recipe.toml', 'template = "cargo"', 'template = "none"'],
      [
        `${INITFS}:8:8: nothing builds recipe "logd", which has template "none"\n  → templates "cargo" and "custom", among others, make something: see recipes/mini/logd/recipe.toml`,
      ],
    ],
    [
      'a component without a source',
      ['recipes/mini/logd/recipe.toml', '[source]\npath = "."\n', ''],
      [
        'recipes/mini/logd/recipe.toml:1:1: there is no [source], although the recipe is built with cargo\n  → [source] with path = "." for a crate in the folder of the recipe',
      ],
    ],
  ])('reports %s', (_, [file, from, to], expected) => {
    edit(file, from, to);
    expect(problems(workspace.model())).toEqual(expected);
  });

  it('asks for a spec if there are several', () => {
    edit('recipes/mini/system.toml', '[spec.mini]', '[spec.user]\nbase = { aarch64 = "x" }\n[spec.mini]');
    expect(problems(workspace.model())[0]).toBe(
      'recipes/mini/bootstrap/recipe.toml:5:2: the recipe does not say which spec it is compiled for\n  → [nx] spec = one of: user, mini',
    );
  });

  it('gives two recipes of one name two projects, and reports the second', () => {
    workspace.write('recipes/mini/sub/logd/recipe.toml', SMALL_SYSTEM['recipes/mini/logd/recipe.toml']!);
    workspace.write('recipes/mini/sub/logd/Cargo.toml', SMALL_SYSTEM['recipes/mini/logd/Cargo.toml']!);
    workspace.write('recipes/mini/toolchain/recipe.toml', '');
    workspace.write('recipes/mini/mini/recipe.toml', '');
    const model = workspace.model();
    expect(model.systems[0]!.recipes.map(({ project }) => project).sort()).toEqual(
      ['bootstrap', 'initfs', 'kernel', 'logd', 'mini-mini', 'mini-sub-logd', 'mini-toolchain', 'rt'].sort(),
    );
    expect(problems(model).sort()).toEqual([
      'recipes/mini/mini/recipe.toml: the name "mini" is taken by the project of system mini\n  → rename the folder of one of the two: it is the name of the recipe',
      'recipes/mini/sub/logd/recipe.toml: the name "logd" is taken by recipes/mini/logd/recipe.toml\n  → rename the folder of one of the two: it is the name of the recipe',
      'recipes/mini/toolchain/recipe.toml: the name "toolchain" is taken by the project of the toolchain\n  → rename the folder of one of the two: it is the name of the recipe',
    ]);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])('takes nothing else down for %s', (name) => {
    const before = workspace.model();
    workspace.write(`recipes/mini/${name}/recipe.toml`, SMALL_SYSTEM['recipes/mini/logd/recipe.toml']!);
    const model = workspace.model();
    expect(problems(model).join('\n')).toContain(
      `recipes/mini/${name}/recipe.toml: the name "${name}" is taken by JavaScript\n  → rename the folder`,
    );
    const others = model.systems[0]!.recipes.filter((recipe) => recipe.name !== name);
    expect(others.map(({ project, diagnostics }) => [project, diagnostics])).toEqual(
      before.systems[0]!.recipes.map(({ project, diagnostics }) => [project, diagnostics]),
    );
    expect(model.systems[0]!.recipes.map(({ project }) => project)).toContain(`mini-${name}`);
  });

  it('guesses what a recipe is for that cannot be read', () => {
    workspace.write('recipes/mini/kernel/recipe.toml', '[');
    workspace.write(INITFS, '[');
    expect(
      workspace
        .model()
        .systems[0]!.recipes.map(({ name, kind }) => [name, kind])
        .slice(1, 3),
    ).toEqual([
      ['initfs', 'initfs'],
      ['kernel', 'kernel'],
    ]);
  });

  it('misses the toolchain', () => {
    workspace.remove('recipes/toolchain');
    expect(problems(workspace.model())).toEqual([
      'recipes/toolchain/toolchain.toml: there is no such file: it says which Rust the systems are built with\n  → write [toolchain] with rust = "1.95.0" into it',
    ]);
  });

  it('gives the same model from the cache', () => {
    edit(INITFS, 'from = "logd:', 'from = "logg:');
    const cold = workspace.model();
    expect(workspace.model()).toEqual(cold);
  });
});

describe('backendOf', () => {
  it('makes exceptions from the default only', () => {
    const system = new TestWorkspace();
    system.write(
      'recipes/mini/system.toml',
      SMALL_SYSTEM['recipes/mini/system.toml']!.replace(
        '"cranelift"',
        '"cranelift"\nlogd = { use = "llvm", because = "x" }',
      ),
    );
    const { system: read } = system.model().systems[0]!;
    expect(backendOf(read!, 'logd', 'cranelift')).toBe('llvm');
    expect(backendOf(read!, 'logd', 'llvm')).toBe('llvm');
    expect(backendOf(read!, 'kernel', 'cranelift')).toBe('cranelift');
  });
});
