import { type Arch, type Backend, BACKENDS } from '@nx-redox/kit';
import { bootStages, redox } from '@nx-redox/redox';
import type { RecipeModel } from '../model';
import type { InputDefinition, Target, Targets } from '../nx';
import { asOutput, distOf, stageOf } from '../paths';
import { aliasTarget } from '../targets/alias';
import { qemuVersion } from '../targets/boot';
import type { ToolInputs } from '../tool-inputs';
import type { ConfigModel, ConfigVariant, CookbookModel } from './model';
import { DEFAULT_ARCH, NO_FILES } from './targets';

/** Names of a config's targets. */
export const SYSTEM_TARGETS = [
  ...['image', 'boot'].flatMap((name) => [name, ...BACKENDS.map((backend) => `${name}-${backend}`)]),
  'run',
  'exec',
];

/** One configuration for each architecture that the config is there for; another one is refused by its executor. */
function configurations(
  { variants }: ConfigModel,
  options: (variant: ConfigVariant) => object = () => ({}),
): NonNullable<Target['configurations']> {
  return Object.fromEntries(variants.map((variant) => [variant.arch, { arch: variant.arch, ...options(variant) }]));
}

/** The variant that is built without a configuration. */
function defaultVariant({ variants }: ConfigModel): ConfigVariant {
  return variants.find(({ arch }) => arch === DEFAULT_ARCH) ?? variants[0]!;
}

/** Packages of all architectures: a target's dependencies cannot follow its configuration. */
function allPackages({ variants }: ConfigModel): RecipeModel[] {
  return [...new Set(variants.flatMap(({ packages, bootloader }) => [...packages, bootloader ?? []].flat()))];
}

/** What the packages of any architecture are built with; they are built before the disk anyway. */
function allLibraries({ variants }: ConfigModel): RecipeModel[] {
  return [...new Set(variants.flatMap(({ libraries }) => libraries))];
}

function configFiles({ variants }: ConfigModel): InputDefinition[] {
  return [...new Set(variants.flatMap(({ files }) => files))].sort().map((file) => `{workspaceRoot}/${file}`);
}

function imageTarget(config: ConfigModel, backend: Backend, tools: ToolInputs): Target {
  const outputPath = `${distOf(config.project, backend)}/image`;
  const stages = (recipes: readonly RecipeModel[]) =>
    Object.fromEntries(recipes.map(({ name, project }) => [name, stageOf(project, backend)]));
  const options = ({ file, packages, libraries, bootloader }: ConfigVariant) => ({
    config: file,
    packages: stages(packages),
    ...(libraries.length === 0 ? {} : { libraries: stages(libraries) }),
    bootloader: bootloader === undefined ? '' : stageOf(bootloader.project, backend),
  });
  const variant = defaultVariant(config);
  return {
    executor: '@nx-redox/installer:image',
    cache: true,
    dependsOn: [
      {
        projects: [...new Set([...allPackages(config), ...allLibraries(config)])].map(({ project }) => project),
        target: `build-${backend}`,
      },
    ],
    inputs: [
      ...configFiles(config),
      { dependentTasksOutputFiles: '**/stage/**' },
      { env: 'SOURCE_DATE_EPOCH' },
      ...tools('installer'),
    ],
    outputs: [asOutput(outputPath)],
    options: { arch: variant.arch, backend, ...options(variant), outputPath },
    configurations: configurations(config, options),
    metadata: { description: `Makes the disk that the installer makes of ${config.file}`, technologies: ['redox'] },
  };
}

/** What QEMU starts. */
function machine(config: ConfigModel, backend: Backend, folder: string) {
  const { arch } = defaultVariant(config);
  return {
    arch,
    backend,
    system: config.name,
    method: 'uefi',
    disk: `${distOf(config.project, backend)}/image/disk.img`,
    qemu: redox.machines[arch],
    guest: redox.guest,
    output: `${distOf(config.project, backend)}/${folder}`,
  };
}

function bootInputs(config: ConfigModel): InputDefinition[] {
  const arches = config.variants.map(({ arch }) => arch);
  return [
    { dependentTasksOutputFiles: '**/disk.img' },
    ...arches.map((arch: Arch) => ({ env: `REDOX_FIRMWARE_${arch.toUpperCase()}` })),
    ...arches.map(qemuVersion),
  ];
}

function bootTarget(config: ConfigModel, backend: Backend, tools: ToolInputs): Target {
  const options = machine(config, backend, 'boot');
  return {
    executor: '@nx-redox/qemu:boot',
    cache: true,
    // A second QEMU would take time from the first, whose stages have budgets.
    parallelism: false,
    dependsOn: [{ target: `image-${backend}` }],
    inputs: [...bootInputs(config), ...tools('qemu')],
    outputs: [asOutput(options.output)],
    options: {
      ...options,
      stages: bootStages(options.arch, 'uefi', config.login),
      fail: redox.failures,
      debugFiles: allPackages(config).map(({ project }) => `${distOf(project, backend)}/debug/`),
    },
    configurations: configurations(config, ({ arch }) => ({
      qemu: redox.machines[arch],
      stages: bootStages(arch, 'uefi', config.login),
    })),
    metadata: {
      description: `Boots the disk in QEMU, logs in as ${config.login.user}, runs a command and judges it`,
      technologies: ['redox', 'qemu'],
    },
  };
}

/** All targets of a config. */
export function systemTargets(config: ConfigModel, { backend }: CookbookModel, tools: ToolInputs): Targets {
  const targets: Targets = {};
  for (const by of BACKENDS) {
    targets[`image-${by}`] = imageTarget(config, by, tools);
    targets[`boot-${by}`] = bootTarget(config, by, tools);
  }
  const dependsOn = [{ target: `image-${backend}` }];
  const machines = configurations(config, ({ arch }) => ({ qemu: redox.machines[arch] }));
  const { user, password } = config.login;
  return {
    ...targets,
    image: aliasTarget('image', backend, [], configurations(config)),
    boot: aliasTarget('boot', backend, [], configurations(config)),
    run: {
      executor: '@nx-redox/qemu:run',
      inputs: NO_FILES,
      dependsOn,
      options: machine(config, backend, 'run'),
      configurations: machines,
      metadata: { description: 'Runs the disk in QEMU with the serial line on this terminal' },
    },
    exec: {
      executor: '@nx-redox/qemu:exec',
      cache: false,
      inputs: NO_FILES,
      dependsOn,
      options: {
        ...machine(config, backend, 'exec'),
        session: { user, ...(password ? { password } : {}), words: redox.login },
        fail: redox.failures,
      },
      configurations: machines,
      metadata: { description: "Boots the disk, runs --command='…' in its shell, and ends with its status" },
    },
  };
}
