import { type Arch, type Backend, BACKENDS } from '@nx-redox/kit';
import { bootStages, redox } from '@nx-redox/redox';
import type { TargetOf } from '../executor-targets';
import type { RecipeModel } from '../model';
import { about, type InputDefinition, NO_FILES, type Targets } from '../nx';
import { asOutput, distOf, stageOf } from '../paths';
import { aliasTarget } from '../targets/alias';
import { configurationsFor } from '../targets/architectures';
import { qemuVersion } from '../targets/boot';
import type { ToolInputs } from '../tool-inputs';
import type { ConfigModel, ConfigVariant, CookbookModel } from './model';
import { DEFAULT_ARCH } from './targets';

/** Names of a config's targets. */
export const SYSTEM_TARGETS = [
  ...['image', 'boot'].flatMap((name) => [name, ...BACKENDS.map((backend) => `${name}-${backend}`)]),
  'run',
  'exec',
];

/** One configuration for each architecture; those that the config is not there for are refused. */
function configurations<T extends object>({ name, variants }: ConfigModel, options: (variant: ConfigVariant) => T) {
  const arches = variants.map(({ arch }) => arch);
  const of = (arch: Arch) => ({ arch, ...options(variants.find((variant) => variant.arch === arch)!) });
  return configurationsFor(arches, of, `config ${name} is there for ${arches.join(', ')} only`);
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

function imageTarget(config: ConfigModel, backend: Backend, tools: ToolInputs): TargetOf<'@nx-redox/installer:image'> {
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
    ...about(`Makes the disk that the installer makes of ${config.file}`, 'redox'),
  };
}

/** What QEMU starts. */
function machine(config: ConfigModel, backend: Backend, folder: string) {
  const { arch } = defaultVariant(config);
  return {
    arch,
    backend,
    system: config.name,
    method: 'uefi' as const,
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

function bootTarget(config: ConfigModel, backend: Backend, tools: ToolInputs): TargetOf<'@nx-redox/qemu:boot'> {
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
    ...about(`Boots the disk in QEMU, logs in as ${config.login.user}, runs a command and judges it`, 'redox', 'qemu'),
  };
}

/** What `run` and `exec` have in common: the disk, and no result that anybody keeps. */
function attended(config: ConfigModel, backend: Backend) {
  return {
    inputs: NO_FILES,
    dependsOn: [{ target: `image-${backend}` }],
    configurations: configurations(config, ({ arch }) => ({ qemu: redox.machines[arch] })),
  };
}

function runTarget(config: ConfigModel, backend: Backend): TargetOf<'@nx-redox/qemu:run'> {
  return {
    executor: '@nx-redox/qemu:run',
    ...attended(config, backend),
    options: machine(config, backend, 'run'),
    metadata: { description: 'Runs the disk in QEMU with the serial line on this terminal' },
  };
}

function execTarget(config: ConfigModel, backend: Backend): TargetOf<'@nx-redox/qemu:exec'> {
  const { user, password } = config.login;
  return {
    executor: '@nx-redox/qemu:exec',
    cache: false,
    ...attended(config, backend),
    options: {
      ...machine(config, backend, 'exec'),
      session: { user, ...(password ? { password } : {}), words: redox.login },
      fail: redox.failures,
    },
    metadata: { description: "Boots the disk, runs --command='...' in its shell, and ends with its status" },
  };
}

/** All targets of a config. */
export function systemTargets(config: ConfigModel, { backend }: CookbookModel, tools: ToolInputs): Targets {
  const targets: Targets = {};
  for (const by of BACKENDS) {
    targets[`image-${by}`] = imageTarget(config, by, tools);
    targets[`boot-${by}`] = bootTarget(config, by, tools);
  }
  const none = configurations(config, () => ({}));
  return {
    ...targets,
    image: aliasTarget('image', backend, [], none),
    boot: aliasTarget('boot', backend, [], none),
    run: runTarget(config, backend),
    exec: execTarget(config, backend),
  };
}
