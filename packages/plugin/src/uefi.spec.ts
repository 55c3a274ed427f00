import { formatDiagnostic } from '@nx-redox/kit/toml';
import { beforeEach, describe, expect, it } from 'vitest';
import { edgesBetween, edgesOf } from './edges';
import type { Project } from './nx';
import { recipeProject } from './projects/recipe';
import { systemProject } from './projects/system';
import { SMALL_SYSTEM, TestWorkspace } from './testing/workspace';

const GIT = (name: string) => `[source]\ngit = "https://example.org/${name}.git"\n[build]\ntemplate = "cargo"\n`;

/** The small system, as a disk with a boot loader, and with a C library that its service is linked with. */
const SYSTEM = SMALL_SYSTEM['recipes/mini/system.toml']!.replace(
  'boot = "direct"',
  'boot = "uefi"\nbootloader = "loader"',
).replace(
  'default = "cranelift"\n',
  `default = "cranelift"
loader = { use = "llvm", because = "PE/COFF" }
clib = { crates = { clib = "llvm" }, because = "C-variadic definitions" }
[image]
size = 64
[[image.files]]
from = "logd:usr/bin/logd"
to = "usr/bin/logd"
[spec.uefi]
base = { aarch64 = "aarch64-unknown-uefi" }
[spec.user]
base = { aarch64 = "aarch64-unknown-redox" }
std = true
libc = "clib"
`,
);

const FILES = {
  ...SMALL_SYSTEM,
  'recipes/mini/system.toml': SYSTEM,
  'recipes/mini/clib/recipe.toml': `${GIT('clib')}[nx]\nkind = "libc"\nspec = "user"\n`,
  'recipes/mini/loader/recipe.toml': `${GIT('loader')}[nx]\nkind = "bootloader"\nspec = "uefi"\ncfgs = ["soft"]\n[nx.patch."https://example.org/uefi.git"]\nuefi = { version = "0.1.14" }\n`,
  'recipes/mini/daemons/recipe.toml': `[source]\ngit = "https://example.org/daemons.git"\n[build]\ntemplate = "custom"\nscript = "true"\n[nx.patch."https://example.org/clib.git"]\nrt = { recipe = "clib", path = "rt" }\n[nx.patch.crates-io]\nlog = { path = "crates/log" }\n`,
  'recipes/mini/shell/recipe.toml': '[build]\ntemplate = "custom"\nscript = "cookbook_cargo"\n[nx]\nspec = "user"\n',
  'recipes/mini/netd/recipe.toml':
    '[source]\nsame_as = "../daemons"\n[build]\ntemplate = "cargo"\ncargopath = "netd"\n[nx]\nspec = "user"\n',
  ...Object.fromEntries(
    ['kernel', 'bootstrap', 'logd'].map((name) => {
      const file = `recipes/mini/${name}/recipe.toml`;
      return [file, `${SMALL_SYSTEM[file]}spec = "mini"\n`];
    }),
  ),
};

describe('a system that boots from a disk', () => {
  let workspace: TestWorkspace;
  beforeEach(() => {
    workspace = new TestWorkspace(FILES);
  });

  const system = () => workspace.model().systems[0]!;
  const problems = () => {
    const model = system();
    return [model, ...model.recipes].flatMap(({ diagnostics }) => diagnostics.map(formatDiagnostic));
  };
  const project = (name: string): Project => {
    const model = system();
    return recipeProject(model.byName.get(name)!, model, () => []);
  };

  it('has a target for the disk, and boots what it writes', () => {
    expect(problems()).toEqual([]);
    const { targets = {}, metadata } = systemProject(system(), () => []);
    expect(metadata?.targetGroups).toEqual({
      image: ['image', 'image-cranelift', 'image-llvm'],
      boot: ['boot', 'boot-cranelift', 'boot-llvm', 'run'],
    });
    const image = targets['image-cranelift']!;
    expect(image.executor).toBe('@nx-redox/image:disk');
    expect(image.options).toMatchObject({
      bootloader: 'dist/{arch}/llvm/loader/stage/usr/lib/boot/bootloader.efi',
      files: [
        { from: 'dist/{arch}/cranelift/kernel/stage/usr/lib/boot/kernel', to: 'usr/lib/boot/kernel' },
        { from: 'dist/{arch}/cranelift/initfs/initfs.img', to: 'usr/lib/boot/initfs' },
        { from: 'dist/{arch}/cranelift/logd/stage/usr/bin/logd', to: 'usr/bin/logd' },
      ],
      sizeMiB: 64,
      outputPath: 'dist/{arch}/cranelift/mini/image',
    });
    expect(image.dependsOn).toEqual([
      { projects: ['kernel', 'logd'], target: 'build-cranelift' },
      { projects: ['loader'], target: 'build-llvm' },
      { projects: ['initfs'], target: 'bundle-cranelift' },
    ]);
    const boot = targets['boot-cranelift']!;
    expect(boot.dependsOn).toEqual([{ target: 'image-cranelift' }]);
    expect(boot.options).toMatchObject({ method: 'uefi', disk: 'dist/{arch}/cranelift/mini/image/disk.img' });
    expect(boot.options).not.toHaveProperty('kernel');
    expect(boot.configurations!['aarch64']).not.toHaveProperty('stages');
  });

  it('waits for stages of an architecture only there', () => {
    workspace.write(
      'recipes/mini/system.toml',
      `${SYSTEM.replace('["aarch64"]', '["aarch64", "x86_64"]').replace(/base = \{ aarch64 = "aarch64-([a-z-]+)" \}/g, 'base = { aarch64 = "aarch64-$1", x86_64 = "x86_64-$1" }')}
[qemu.x86_64]
machine = "q35"
cpu = "core2duo"
memory = 256
[[stage]]
name = "device tree"
pattern = "DTB"
timeout = 1
architectures = ["aarch64"]
`,
    );
    expect(problems()).toEqual([]);
    const boot = systemProject(system(), () => []).targets!['boot-cranelift']!;
    const kernel = { name: 'kernel', pattern: 'starting', timeout: 20 };
    expect(boot.options.stages).toEqual([kernel, { name: 'device tree', pattern: 'DTB', timeout: 1 }]);
    expect(boot.configurations!['x86_64']!.stages).toEqual([kernel]);
  });

  it('has a boot loader, a C library and programs that are linked with it', () => {
    expect(project('loader').targets!['build-llvm']!.options).toMatchObject({
      kind: 'bootloader',
      cfgs: ['soft'],
      patches: [{ source: 'https://example.org/uefi.git', crate: 'uefi', version: '0.1.14' }],
    });
    const clib = project('clib').targets!;
    expect(clib['build-cranelift']).toMatchObject({
      executor: '@nx-redox/cargo:libc',
      options: { crateBackends: { clib: 'llvm' } },
    });
    expect(clib['build-llvm']!.options).not.toHaveProperty('crateBackends');
    expect(clib['build-cranelift']!.options).not.toHaveProperty('libcPath');
    expect(Object.keys(clib)).not.toContain('check-elf');

    const shell = project('shell').targets!['build-cranelift']!;
    expect(shell.dependsOn).toContainEqual({ projects: ['clib'], target: 'build-cranelift' });
    expect(shell.options).toMatchObject({ libcPath: 'dist/{arch}/cranelift/clib/stage/usr/lib' });

    const netd = project('netd').targets!['build-cranelift']!;
    expect(netd.dependsOn).toEqual([
      'fetch',
      { projects: ['clib'], target: 'fetch' },
      { projects: ['toolchain'], target: 'sysroot-user-cranelift' },
      { projects: ['clib'], target: 'build-cranelift' },
    ]);
    expect(netd.options).toMatchObject({
      libcPath: 'dist/{arch}/cranelift/clib/stage/usr/lib',
      patches: [
        { source: 'https://example.org/clib.git', crate: 'rt', path: 'recipes/mini/clib/source/rt' },
        { source: 'crates-io', crate: 'log', path: 'recipes/mini/daemons/crates/log' },
      ],
    });
    expect(netd.inputs).toEqual(
      expect.arrayContaining([
        '{workspaceRoot}/recipes/mini/clib/recipe.lock',
        '{workspaceRoot}/recipes/mini/clib/recipe.toml',
        '{workspaceRoot}/recipes/mini/daemons/crates/log/**/*',
        { dependentTasksOutputFiles: '**/stage/usr/lib/*' },
      ]),
    );
  });

  it('patches crates of a shared source in the same way if it is a folder that somebody works in', () => {
    const patches = () => project('netd').targets!['build-cranelift']!.options.patches;
    const fetched = patches();
    workspace.write('work/netd/Cargo.toml', '[package]\nname = "netd"\nversion = "0.1.0"\n[workspace]\n');
    workspace.write('work/netd/src/main.rs', '');
    const file = 'recipes/mini/daemons/recipe.toml';
    workspace.write(
      file,
      workspace.read(file).replace('git = "https://example.org/daemons.git"', 'path = "../../../work"'),
    );
    expect(problems()).toEqual([]);
    expect(patches()).toEqual(fetched);
    expect(fetched).toHaveLength(2);
  });

  it('has edges for all of that', () => {
    const model = workspace.model();
    const names = ['mini', 'toolchain', ...model.systems[0]!.recipes.map(({ name }) => name)];
    const edges = edgesBetween(edgesOf(model), Object.fromEntries(names.map((name) => [name, {}])), {});
    const targets = (source: string) => edges.filter((edge) => edge.source === source).map(({ target }) => target);
    expect(targets('mini').sort()).toEqual(['initfs', 'kernel', 'loader', 'logd']);
    expect(targets('netd').sort()).toEqual(['clib', 'toolchain']);
    expect(targets('clib')).toEqual(['toolchain']);
  });

  it.each([
    [
      ['recipes/mini/system.toml', 'bootloader = "loader"', 'bootloader = "lodaer"'],
      'recipes/mini/system.toml:7:14: there is no recipe "lodaer" in recipes/mini\n  → did you mean "loader"?',
    ],
    [
      ['recipes/mini/system.toml', 'libc = "clib"', 'libc = "logd"'],
      'recipes/mini/system.toml:22:8: "logd" is a recipe of kind "program", not "libc"\n  → set [nx] kind = "libc" in recipes/mini/logd/recipe.toml',
    ],
    [
      ['recipes/mini/system.toml', 'from = "logd:', 'from = "logs:'],
      'recipes/mini/system.toml:15:8: there is no recipe "logs" in recipes/mini\n  → did you mean "logd"?',
    ],
    [
      ['recipes/mini/daemons/recipe.toml', 'recipe = "clib"', 'recipe = "initfs"'],
      'recipes/mini/daemons/recipe.toml:7:17: recipe "initfs" has no source that could hold crate "rt"\n  → see recipes/mini/initfs/recipe.toml',
    ],
  ])('reports %s', ([file, from, to], expected) => {
    workspace.write(file!, workspace.read(file!).replace(from!, to!));
    expect(problems()).toEqual([expected]);
  });

  it('builds its components although the disk cannot be made', () => {
    const file = 'recipes/mini/system.toml';
    workspace.write(file, workspace.read(file).replace('from = "logd:', 'from = "logs:'));
    expect(project('netd').tags).not.toContain('broken');
    expect(project('netd').targets!['build-llvm']!.executor).toBe('@nx-redox/cargo:build');
    expect(systemProject(system(), () => []).tags).toContain('broken');
  });
});
