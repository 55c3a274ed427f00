import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CreateNodesContextV2, ProjectConfiguration } from '@nx/devkit';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { redox } from '@nx-redox/redox';
import { PROJECT_FILES } from './files';
import { createDependencies, createNodes, createNodesV2, name } from '.';
import { SMALL_SYSTEM, TestWorkspace } from './testing/workspace';
import { TOOL_PACKAGES, type ToolPackage } from './tool-inputs';

const TOOLS = Object.keys(TOOL_PACKAGES) as ToolPackage[];
/** A package and all that it loads. */
const loaded = (tool: ToolPackage): ToolPackage[] => [
  ...new Set<ToolPackage>([tool, ...TOOL_PACKAGES[tool].flatMap((name) => loaded(name))]),
];
const code = (tool: ToolPackage) => [
  ...loaded(tool)
    .sort()
    .map((name) => `{workspaceRoot}/packages/${name}/{bin,src}/**/!(*.spec.ts)`),
  { externalDependencies: [] },
];

/** The configuration that keeps Nx from building another architecture than the user asked for. */
const refused = { x86_64: { refused: 'x86_64: system mini has no such architecture; its system.toml names aarch64' } };

describe('createNodes', () => {
  let workspace: TestWorkspace;
  let warnings: string;

  beforeEach(() => {
    workspace = new TestWorkspace();
    for (const tool of TOOLS) {
      workspace.write(`packages/${tool}/package.json`, '{}');
      const link = join(workspace.root, 'node_modules/@nx-redox', tool);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(`../../packages/${tool}`, link);
    }
    warnings = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      warnings += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  async function infer(options: object = { systems: ['mini'] }): Promise<Record<string, ProjectConfiguration>> {
    const context: CreateNodesContextV2 = { workspaceRoot: workspace.root, nxJsonConfiguration: {} };
    const files = workspace.files().filter((file) => /(?:recipe|system|toolchain)\.toml$/.test(file));
    const results = await createNodes[1](files, options, context);
    return Object.fromEntries(
      results.flatMap(([file, { projects }]) =>
        Object.entries(projects ?? {}).map(([root, project]) => {
          expect(project.root).toBe(root);
          expect(dirname(file)).toBe(root);
          return [project.name!, project as ProjectConfiguration];
        }),
      ),
    );
  }

  const edges = async () =>
    (
      (await createDependencies({ systems: ['mini'] }, {
        workspaceRoot: workspace.root,
        projects: Object.fromEntries(
          ['mini', 'kernel', 'initfs', 'bootstrap', 'logd', 'rt', 'toolchain'].map((project) => [project, {}]),
        ),
        fileMap: { projectFileMap: {}, nonProjectFiles: workspace.files().map((file) => ({ file, hash: '' })) },
      } as unknown as Parameters<typeof createDependencies>[1])) as {
        source: string;
        target: string;
        type: string;
        sourceFile?: string;
      }[]
    ).map(
      ({ source, target, type, sourceFile }) =>
        `${source} → ${target} ${type}${sourceFile === undefined ? '' : ` by ${sourceFile}`}`,
    );

  it('is a plugin as Nx knows them', () => {
    expect(name).toBe('@nx-redox/plugin');
    expect(createNodes[0]).toBe(PROJECT_FILES);
    expect(createNodesV2).toBe(createNodes);
  });

  it('makes one project of each recipe, one of the system and one of the toolchain', async () => {
    const projects = await infer();
    expect(warnings).toBe('');
    expect(
      Object.fromEntries(
        Object.values(projects).map((project) => [project.name, [project.root, Object.keys(project.targets!).sort()]]),
      ),
    ).toEqual({
      mini: ['recipes/mini', ['boot', 'boot-cranelift', 'boot-llvm', 'doctor', 'lint-recipes', 'run', 'update-locks']],
      kernel: [
        'recipes/mini/kernel',
        ['build', 'build-cranelift', 'build-llvm', 'check-elf', 'doctor', 'fetch', 'lint-recipe', 'size'],
      ],
      bootstrap: [
        'recipes/mini/bootstrap',
        ['build', 'build-cranelift', 'build-llvm', 'check-elf', 'doctor', 'fetch', 'lint-recipe', 'size'],
      ],
      logd: [
        'recipes/mini/logd',
        ['build', 'build-cranelift', 'build-llvm', 'check-elf', 'doctor', 'fetch', 'lint-recipe', 'size'],
      ],
      rt: ['recipes/mini/rt', ['doctor', 'fetch', 'lint-recipe']],
      initfs: ['recipes/mini/initfs', ['bundle', 'bundle-cranelift', 'bundle-llvm', 'inspect', 'lint-recipe', 'size']],
      toolchain: ['recipes/toolchain', ['doctor', 'install', 'sysroot-mini-cranelift', 'sysroot-mini-llvm']],
    });
  });

  it('builds a component with cargo', async () => {
    const { logd } = await infer();
    expect(logd).toMatchObject({
      projectType: 'application',
      tags: ['system:mini', 'kind:program', 'arch:aarch64'],
      metadata: {
        description: 'Program logd of mini',
        technologies: ['rust', 'redox'],
        targetGroups: {
          source: ['fetch', 'doctor'],
          build: ['build', 'build-cranelift', 'build-llvm'],
          look: ['check-elf', 'size'],
        },
      },
    });
    expect(logd!.targets!['build-cranelift']).toEqual({
      executor: '@nx-redox/cargo:build',
      cache: true,
      dependsOn: [{ projects: ['toolchain'], target: 'sysroot-mini-cranelift' }],
      inputs: [
        '{workspaceRoot}/recipes/mini/logd/**/*',
        '{workspaceRoot}/recipes/mini/abi/**/*',
        '{workspaceRoot}/recipes/mini/rt/**/*',
        '!{workspaceRoot}/recipes/mini/logd/**/*.md',
        '!{workspaceRoot}/recipes/mini/abi/**/*.md',
        '!{workspaceRoot}/recipes/mini/rt/**/*.md',
        '{workspaceRoot}/recipes/mini/Cargo.toml',
        '{workspaceRoot}/recipes/mini/Cargo.lock',
        '{workspaceRoot}/recipes/mini/.cargo/config.toml',
        '{workspaceRoot}/recipes/mini/.cargo/config',
        '{workspaceRoot}/recipes/.cargo/config.toml',
        '{workspaceRoot}/recipes/.cargo/config',
        '{workspaceRoot}/.cargo/config.toml',
        '{workspaceRoot}/.cargo/config',
        { dependentTasksOutputFiles: '**/identity.json', transitive: true },
        { dependentTasksOutputFiles: '**/cranelift/toolchain/mini/*.json' },
        ...code('cargo'),
      ],
      outputs: ['{workspaceRoot}/dist/{options.arch}/cranelift/logd'],
      options: {
        arch: 'aarch64',
        backend: 'cranelift',
        manifestPath: 'recipes/mini/logd/Cargo.toml',
        package: 'logd',
        bin: 'logd',
        kind: 'program',
        spec: { name: 'mini', base: 'aarch64-unknown-none', changes: ['panic-abort'] },
        sysrootPath: 'dist/{arch}/cranelift/toolchain/mini',
        outputPath: 'dist/{arch}/cranelift/logd',
        stagePath: 'usr/bin/logd',
      },
      configurations: {
        aarch64: { arch: 'aarch64', spec: { name: 'mini', base: 'aarch64-unknown-none', changes: ['panic-abort'] } },
        ...refused,
      },
      metadata: {
        description: 'Compiles logd with Cranelift, checks the ELF file and stages it',
        technologies: ['rust'],
      },
    });
    expect(logd!.targets!['build']).toEqual({
      executor: 'nx:noop',
      dependsOn: [{ target: 'build-cranelift', params: 'forward' }],
      // Not hashed by any task that does something: they make nx affected look at them.
      inputs: [
        '{workspaceRoot}/recipes/mini/Cargo.lock',
        { dependentTasksOutputFiles: '**/artifact.json' },
        { externalDependencies: [] },
      ],
      configurations: { aarch64: {}, ...refused },
      metadata: { description: 'Builds with Cranelift, as system.toml says' },
    });
  });

  it('hashes the variables that a recipe asks for', async () => {
    const file = 'recipes/mini/logd/recipe.toml';
    workspace.write(file, `${workspace.read(file)}\nenv = ["HTTP_TOKEN", "A"]\n`);
    const { logd, kernel } = await infer();
    const { inputs, options } = logd!.targets!['build-cranelift']!;
    expect(inputs).toEqual(expect.arrayContaining([{ env: 'A' }, { env: 'HTTP_TOKEN' }]));
    expect(options.env).toEqual(['HTTP_TOKEN', 'A']);
    expect(JSON.stringify(kernel)).not.toContain('HTTP_TOKEN');
  });

  it('bundles exactly what the manifest names', async () => {
    const { initfs } = await infer();
    expect(initfs!.targets!['bundle-llvm']).toEqual({
      executor: '@nx-redox/initfs:bundle',
      cache: true,
      dependsOn: [{ projects: ['bootstrap', 'logd'], target: 'build-llvm' }],
      inputs: [
        '{workspaceRoot}/recipes/mini/initfs/**/*',
        '!{workspaceRoot}/recipes/mini/initfs/**/*.md',
        { dependentTasksOutputFiles: '**/stage/**' },
        { env: 'SOURCE_DATE_EPOCH' },
        ...code('initfs'),
      ],
      outputs: ['{workspaceRoot}/dist/{options.arch}/llvm/initfs'],
      options: {
        arch: 'aarch64',
        backend: 'llvm',
        memory: { image: 0x1000, bootstrap: 0x2000 },
        bootstrap: 'dist/{arch}/llvm/bootstrap/stage/usr/lib/boot/bootstrap',
        entries: [
          {
            from: 'dist/{arch}/llvm/logd/stage/usr/bin/logd',
            to: 'bin/logd',
            origin: 'recipes/mini/initfs/recipe.toml:7',
          },
          { from: 'recipes/mini/initfs/etc/init.rc', to: 'etc/init.rc', origin: 'recipes/mini/initfs/recipe.toml:10' },
        ],
        output: 'dist/{arch}/llvm/initfs/initfs.img',
      },
      configurations: { aarch64: { arch: 'aarch64' }, ...refused },
      metadata: { description: 'Bundles the programs that LLVM compiled into initfs.img', technologies: ['redox'] },
    });
  });

  it('gives builds and the image the budget of their backend, which their hash knows then', async () => {
    const add = (file: string, budget: string) =>
      workspace.write(file, workspace.read(file).replace('[nx]\n', `[nx]\nbudget = ${budget}\n`));
    add('recipes/mini/logd/recipe.toml', '{ cranelift = "64 KiB" }');
    add('recipes/mini/initfs/recipe.toml', '"1 MiB"');
    const { logd, initfs } = await infer();
    expect(warnings).toBe('');
    expect(logd!.targets!['build-cranelift']!.options).toMatchObject({ budget: 65536 });
    expect(logd!.targets!['build-llvm']!.options).not.toHaveProperty('budget');
    expect(initfs!.targets!['bundle-llvm']!.options).toMatchObject({ sizeBudget: 1048576 });
  });

  it('checks and measures what was built', async () => {
    const { logd, initfs } = await infer();
    const built = [{ dependentTasksOutputFiles: '**/artifact.json' }, { dependentTasksOutputFiles: '**/stage/**' }];
    const common = { cache: true, configurations: { aarch64: { arch: 'aarch64' }, ...refused } };
    expect(logd!.targets!['check-elf']).toEqual({
      ...common,
      executor: '@nx-redox/cargo:check-elf',
      dependsOn: ['build-cranelift'],
      inputs: [...built, { dependentTasksOutputFiles: '**/debug/**' }, ...code('cargo')],
      options: { arch: 'aarch64', backend: 'cranelift', kind: 'program', outputPath: 'dist/{arch}/{backend}/logd' },
      metadata: {
        description: 'Checks the programs against all rules for ELF files that boot',
        technologies: ['rust'],
      },
    });
    expect(logd!.targets!['size']).toEqual({
      ...common,
      executor: '@nx-redox/cargo:size',
      dependsOn: ['build-cranelift', 'build-llvm'],
      inputs: [...built, ...code('cargo')],
      options: { arch: 'aarch64', backends: ['cranelift', 'llvm'], outputPath: 'dist/{arch}/{backend}/logd' },
      metadata: {
        description: 'Says how large each file is, Cranelift beside LLVM, and what the bytes are for',
        technologies: ['rust'],
      },
    });
    const image = { arch: 'aarch64', image: 'dist/{arch}/{backend}/initfs/initfs.img' };
    const inputs = [{ dependentTasksOutputFiles: '**/initfs.img' }, ...code('initfs')];
    expect(initfs!.targets!['inspect']).toEqual({
      ...common,
      executor: '@nx-redox/initfs:inspect',
      dependsOn: ['bundle-cranelift'],
      inputs,
      options: { ...image, backend: 'cranelift' },
      metadata: { description: 'Shows what is in initfs.img: format, parts, files', technologies: ['redox'] },
    });
    expect(initfs!.targets!['size']).toEqual({
      ...common,
      executor: '@nx-redox/initfs:size',
      dependsOn: ['bundle-cranelift', 'bundle-llvm'],
      inputs: [inputs[0], { dependentTasksOutputFiles: '**/debug/**', transitive: true }, ...code('initfs')],
      options: {
        ...image,
        programs: ['bootstrap', 'logd'].map((name) => ({
          name,
          cranelift: `dist/{arch}/cranelift/${name}/debug/${name}`,
          llvm: `dist/{arch}/llvm/${name}/debug/${name}`,
        })),
      },
      metadata: {
        description:
          'Says how large each file is, Cranelift beside LLVM, and what the bytes are for; names the largest functions and data, and who refers to them',
        technologies: ['redox'],
      },
    });
  });

  it('boots kernel and initfs, and runs them', async () => {
    const { mini } = await infer();
    const qemu = { machine: 'virt', cpu: 'cortex-a72', memory: 256 };
    const machine = {
      arch: 'aarch64',
      backend: 'cranelift',
      system: 'mini',
      method: 'direct',
      kernel: 'dist/{arch}/cranelift/kernel/stage/usr/lib/boot/kernel',
      initrd: 'dist/{arch}/cranelift/initfs/initfs.img',
      qemu,
      guest: redox.guest,
    };
    const dependsOn = [
      { projects: ['kernel'], target: 'build-cranelift' },
      { projects: ['initfs'], target: 'bundle-cranelift' },
    ];
    expect(mini!.targets!['boot-cranelift']).toEqual({
      executor: '@nx-redox/qemu:boot',
      cache: true,
      parallelism: false,
      dependsOn,
      inputs: [
        '{projectRoot}/system.toml',
        { dependentTasksOutputFiles: '**/stage/**' },
        { dependentTasksOutputFiles: '**/initfs.img' },
        { runtime: '"${REDOX_QEMU_AARCH64:-qemu-system-aarch64}" --version' },
        ...code('qemu'),
      ],
      outputs: ['{workspaceRoot}/dist/{options.arch}/cranelift/mini/boot'],
      options: {
        ...machine,
        output: 'dist/{arch}/cranelift/mini/boot',
        stages: [{ name: 'kernel', pattern: 'starting', timeout: 20 }],
        fail: [{ pattern: 'PANIC', cause: 'The kernel panicked.' }],
        debugFiles: [
          'dist/{arch}/cranelift/kernel/debug/kernel',
          'dist/{arch}/cranelift/bootstrap/debug/bootstrap',
          'dist/{arch}/cranelift/logd/debug/logd',
        ],
      },
      configurations: { aarch64: { arch: 'aarch64', qemu }, ...refused },
      metadata: {
        description: 'Boots the system that Cranelift compiled in QEMU, stage by stage, and judges it',
        technologies: ['redox', 'qemu'],
      },
    });
    expect(mini!.targets!['run']).toEqual({
      executor: '@nx-redox/qemu:run',
      cache: false,
      dependsOn,
      options: { ...machine, output: 'dist/{arch}/cranelift/mini/run' },
      configurations: { aarch64: { arch: 'aarch64', qemu }, ...refused },
      metadata: {
        description: 'Runs the system in QEMU with the serial line on this terminal; Ctrl-A x leaves it',
        technologies: ['redox', 'qemu'],
      },
    });
  });

  it('prepares the toolchain', async () => {
    const { toolchain } = await infer();
    expect(toolchain!.targets!['install']).toMatchObject({
      executor: '@nx-redox/toolchain:install',
      cache: true,
      outputs: ['{workspaceRoot}/dist/toolchain/identity.json'],
    });
    expect(toolchain!.targets!['doctor']).toMatchObject({
      executor: '@nx-redox/toolchain:doctor',
      options: { programs: ['qemu-system-aarch64'] },
    });
    expect(toolchain!.targets!['sysroot-mini-llvm']).toEqual({
      executor: '@nx-redox/toolchain:sysroot',
      cache: true,
      dependsOn: ['install'],
      inputs: [{ dependentTasksOutputFiles: '**/identity.json' }, ...code('toolchain')],
      outputs: ['{workspaceRoot}/dist/{options.arch}/llvm/toolchain/mini'],
      options: {
        arch: 'aarch64',
        backend: 'llvm',
        spec: { name: 'mini', base: 'aarch64-unknown-none', changes: ['panic-abort'] },
        outputPath: 'dist/{arch}/llvm/toolchain/mini',
      },
      configurations: {
        aarch64: { arch: 'aarch64', spec: { name: 'mini', base: 'aarch64-unknown-none', changes: ['panic-abort'] } },
        ...refused,
      },
      metadata: { description: 'Derives spec mini and compiles std for it with LLVM', technologies: ['rust'] },
    });
  });

  it('offers the architectures of the system, aarch64 first', async () => {
    const two = SMALL_SYSTEM['recipes/mini/system.toml']!.replace('["aarch64"]', '["x86_64", "aarch64"]').replace(
      'base = {',
      'base = { x86_64 = "x86_64-unknown-none",',
    );
    workspace.write('recipes/mini/system.toml', `${two}[qemu.x86_64]\nmachine = "q35"\ncpu = "qemu64"\nmemory = 128\n`);
    const { mini, logd, toolchain } = await infer();
    expect(warnings).toBe('');
    expect(logd!.targets!['build-llvm']).toMatchObject({
      options: { arch: 'aarch64' },
      configurations: {
        x86_64: { arch: 'x86_64', spec: { base: 'x86_64-unknown-none' } },
        aarch64: { arch: 'aarch64' },
      },
    });
    expect(mini!.targets!['boot-llvm']!.configurations).toMatchObject({
      x86_64: { arch: 'x86_64', qemu: { machine: 'q35' } },
    });
    expect(toolchain!.targets!['doctor']!.options).toEqual({ programs: ['qemu-system-aarch64', 'qemu-system-x86_64'] });
  });

  it('builds a component with the backend that system.toml names for it', async () => {
    workspace.write(
      'recipes/mini/system.toml',
      SMALL_SYSTEM['recipes/mini/system.toml']!.replace(
        '"cranelift"',
        '"cranelift"\nlogd = { use = "llvm", because = "x" }',
      ),
    );
    const { logd, initfs, mini } = await infer();
    expect(logd!.targets!['build']!.dependsOn).toEqual([{ target: 'build-llvm', params: 'forward' }]);
    expect(logd!.targets!['check-elf']).toMatchObject({ dependsOn: ['build-llvm'], options: { backend: 'llvm' } });
    expect(logd!.targets!['size']).toMatchObject({ dependsOn: ['build-llvm'], options: { backends: ['llvm'] } });
    expect(initfs!.targets!['bundle-cranelift']).toMatchObject({
      dependsOn: [
        { projects: ['bootstrap'], target: 'build-cranelift' },
        { projects: ['logd'], target: 'build-llvm' },
      ],
      options: { entries: [{ from: 'dist/{arch}/llvm/logd/stage/usr/bin/logd' }, {}] },
    });
    expect(mini!.targets!['boot-cranelift']!.options.debugFiles).toContain('dist/{arch}/llvm/logd/debug/logd');
  });

  it('says nothing of this machine: options, inputs and outputs are the same everywhere', async () => {
    expect(JSON.stringify(await infer())).not.toContain(workspace.root);
  });

  it('caches what ends, and nothing else', async () => {
    for (const project of Object.values(await infer())) {
      for (const [target, { executor, cache }] of Object.entries(project.targets!)) {
        const uncached = executor === 'nx:noop' || ['doctor', 'update-locks', 'run', 'exec'].includes(target);
        expect([project.name, target, cache === true]).toEqual([project.name, target, !uncached]);
      }
    }
  });

  describe('with mistakes in files', () => {
    const RECIPE = 'recipes/mini/logd/recipe.toml';

    it('keeps the project, whose targets show what is wrong, and all others', async () => {
      const good = await infer();
      workspace.write(RECIPE, SMALL_SYSTEM[RECIPE]!.replace('template', 'templat'));
      const bad = await infer();
      const problem = `${RECIPE}:4:1: unknown key "templat" in [build]\n  → did you mean "template"?`;
      expect(bad['logd']).toMatchObject({
        tags: ['system:mini', 'kind:program', 'arch:aarch64', 'broken'],
        metadata: { description: `Broken: ${problem.split('\n')[0]}` },
      });
      expect(Object.keys(bad['logd']!.targets!).sort()).toEqual(Object.keys(good['logd']!.targets!).sort());
      const { 'lint-recipe': lint, ...targets } = bad['logd']!.targets!;
      expect(lint).toEqual(good['logd']!.targets!['lint-recipe']);
      for (const target of Object.values(targets)) {
        expect(target).toEqual({
          executor: '@nx-redox/recipe:report',
          cache: false,
          inputs: [{ externalDependencies: [] }],
          options: { problems: [problem.replace('→', '->')] },
          metadata: { description: `Cannot run: ${RECIPE} has mistakes` },
        });
      }
      expect(Object.keys(bad).sort()).toEqual(Object.keys(good).sort());
      expect(bad['kernel']).toEqual(good['kernel']);
      expect(bad['mini']!.targets!['boot']).toEqual(good['mini']!.targets!['boot']);
      expect(bad['initfs']).toEqual(good['initfs']);
      expect(warnings).toContain(problem);
      expect(warnings).toContain('Targets that need these files fail until they are fixed. All other targets work.');
    });

    it('says it once for each state of the files', async () => {
      workspace.write(RECIPE, '[');
      await infer();
      await infer();
      expect(warnings.match(/invalid TOML/g)).toHaveLength(1);
      workspace.write(RECIPE, SMALL_SYSTEM[RECIPE]!);
      await infer();
      workspace.write(RECIPE, '[');
      await infer();
      expect(warnings.match(/invalid TOML/g)).toHaveLength(2);
    });

    it('keeps all projects of a system whose system.toml is broken', async () => {
      const good = await infer();
      workspace.write('recipes/mini/system.toml', 'x');
      const bad = await infer();
      expect(Object.keys(bad).sort()).toEqual(Object.keys(good).sort());
      for (const project of ['mini', 'kernel', 'logd']) {
        expect(Object.keys(bad[project]!.targets!).sort()).toEqual(Object.keys(good[project]!.targets!).sort());
        expect(bad[project]!.targets!).toHaveProperty(
          [project === 'mini' ? 'boot' : 'build', 'executor'],
          '@nx-redox/recipe:report',
        );
      }
    });

    it('builds components although the boot cannot be judged', async () => {
      workspace.write(
        'recipes/mini/system.toml',
        SMALL_SYSTEM['recipes/mini/system.toml']!.replace('"starting"', '"(starting"'),
      );
      const { mini, logd } = await infer();
      expect(mini!.targets!['boot']!.executor).toBe('@nx-redox/recipe:report');
      expect(logd!.targets!['build-cranelift']!.executor).toBe('@nx-redox/cargo:build');
    });

    it('shows what is wrong with the toolchain where it is needed', async () => {
      workspace.write('recipes/toolchain/toolchain.toml', '[toolchain]\nrusst = "1.95.0"\n');
      const { toolchain, logd } = await infer();
      for (const target of Object.values(toolchain!.targets!)) expect(target.executor).toBe('@nx-redox/recipe:report');
      expect(logd!.targets!['build-cranelift']!.executor).toBe('@nx-redox/cargo:build');
    });

    it('refuses to infer nothing in silence: a system of nx.json must be there', async () => {
      await expect(infer({ systems: ['mimi'] })).rejects.toThrow(
        'nx.json, options of @nx-redox/plugin: system "mimi" is not there: recipes/mimi has neither a system.toml nor a recipe. Systems of this workspace: mini.',
      );
      for (const file of workspace.files().filter((file) => file.startsWith('recipes/'))) workspace.remove(file);
      expect(await infer({})).toEqual({});
    });
  });

  it('adds nothing when it is disabled', async () => {
    for (const value of ['1', 'true']) {
      vi.stubEnv('NX_REDOX_DISABLE', value);
      expect(await infer()).toEqual({});
      expect(await edges()).toEqual([]);
    }
    vi.stubEnv('NX_REDOX_DISABLE', 'false');
    expect(await infer()).not.toEqual({});
  });

  it('remembers what it has read in the data of the workspace, when Nx has the nodes', async () => {
    await infer();
    await nextTurn();
    expect(existsSync(join(workspace.root, '.nx/workspace-data/nx-redox-recipes.json'))).toBe(true);
  });

  describe('createDependencies', () => {
    const expected = [
      'mini → kernel static by recipes/mini/system.toml',
      'mini → initfs static by recipes/mini/system.toml',
      'bootstrap → rt static by recipes/mini/bootstrap/Cargo.toml',
      'bootstrap → toolchain implicit',
      'initfs → bootstrap static by recipes/mini/initfs/recipe.toml',
      'initfs → logd static by recipes/mini/initfs/recipe.toml',
      'kernel → toolchain implicit',
      'logd → rt static by recipes/mini/logd/Cargo.toml',
      'logd → toolchain implicit',
    ];

    it('makes an edge for everything that a project is made from', async () => {
      await infer();
      expect(await edges()).toEqual(expected);
    });

    it('makes the same edges if the nodes came from another process', async () => {
      expect(await edges()).toEqual(expected);
    });

    it('names no source file for what the workspace of cargo decides', async () => {
      workspace.write('recipes/mini/abi/recipe.toml', SMALL_SYSTEM['recipes/mini/rt/recipe.toml']!);
      workspace.write(
        'recipes/mini/Cargo.toml',
        SMALL_SYSTEM['recipes/mini/Cargo.toml']!.replace('abi =', 'rt = { path = "rt" }\nabi ='),
      );
      workspace.write(
        'recipes/mini/logd/Cargo.toml',
        '[package]\nname = "logd"\n[dependencies]\nrt.workspace = true\n',
      );
      await infer();
      expect(await edges()).toContain('logd → rt implicit');
      expect((await edges()).filter((edge) => edge.startsWith('logd'))).toHaveLength(2);
    });
  });
});
