import { posix } from 'node:path';
import type { BootStage } from '@nx-redox/kit';
import { type Arch, type Backend, BACKEND_NAMES } from '@nx-redox/kit/target';
import type { QemuMachine, System } from '@nx-redox/recipe/parse';
import { redox } from '@nx-redox/redox';
import type { TargetOf } from '../executor-targets';
import { backendOf, defaultArch, type RecipeModel, type SystemModel } from '../model';
import { about, type InputDefinition, type TargetDependency } from '../nx';
import { asOutput, BOOT_FILES, debugFile, distOf, stagedFile } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';
import { buildDependencies, bundledRecipes, initfsImage } from './bundle';
import type { BootRecipes } from './boot-recipes';
import { diskImage } from './image';

function dependencies({ kernel, initfs }: BootRecipes, system: System, backend: Backend): TargetDependency[] {
  // A disk holds all that the boot needs; symbols come with what it is made from.
  if (system.boot === 'uefi') return [{ target: `image-${backend}` }];
  return [...buildDependencies([kernel], system, backend), { projects: [initfs.project], target: `bundle-${backend}` }];
}

/** QEMU's machine: what system.toml says, and for a disk what Redox's own build system has for the rest. */
function qemuOf({ boot, qemu }: System, arch: Arch): QemuMachine {
  const { disk, network, cpus } = redox.machines[arch];
  // There is one for each architecture of the system: the checks of system.toml see to that.
  const own = qemu[arch]!;
  return boot === 'direct' ? own : { disk, network, cpus, ...own };
}

function machine(
  model: SystemModel,
  system: System,
  { kernel, initfs }: BootRecipes,
  backend: Backend,
  folder: string,
) {
  return {
    arch: defaultArch(system),
    backend,
    system: model.name,
    method: system.boot,
    ...(system.boot === 'uefi'
      ? { disk: diskImage(model, backend) }
      : {
          kernel: stagedFile(kernel.project, backendOf(system, kernel.name, backend), BOOT_FILES.kernel),
          initrd: initfsImage(initfs, backend),
        }),
    qemu: qemuOf(system, defaultArch(system)),
    guest: redox.guest,
    output: `${distOf(model.name, backend)}/${folder}`,
  };
}

function configurations(system: System) {
  return architectureConfigurations(system, (arch) => ({ arch, qemu: qemuOf(system, arch) }));
}

/**
 * Unstripped files of a recipe's programs, with the names that those have in the initfs where they are others: zerod is
 * nulld, too.
 */
function debugFiles(recipe: RecipeModel, initfs: RecipeModel, backend: Backend) {
  const { bootstrap, files = [] } = initfs.recipe?.nx.initfs ?? {};
  const places = files.filter((file) => file.recipe === recipe.name && recipe.name !== bootstrap);
  return debugNames(recipe, initfs).map((name) => {
    const file = debugFile(recipe.project, backend, name);
    const own = places.filter(({ path }) => path === undefined || posix.basename(path) === name);
    const as = [...new Set(own.map(({ to }) => posix.basename(to)))].filter((other) => other !== name).sort();
    return as.length === 0 ? file : { file, as };
  });
}

/** Folders of a stage whose files are programs; the others hold data. */
const PROGRAMS = /^(usr\/)?(s?bin|games|libexec|lib\/(boot|drivers))\//;

/** Names of a recipe's programs with symbols: of the one that cargo makes, or of those that the initfs takes of a script. */
export function debugNames({ name, component }: RecipeModel, initfs: RecipeModel): string[] {
  if (component === undefined) return [];
  if (component.builder === 'cargo') return [component.bin];
  const bundled = (initfs.recipe?.nx.initfs?.files ?? []).filter((file) => file.recipe === name);
  const paths = [component.stagePath, ...bundled.map(({ path }) => path)];
  return [
    ...new Set(paths.flatMap((path) => (path !== undefined && PROGRAMS.test(path) ? [posix.basename(path)] : []))),
  ];
}

function bootedFiles(system: System): InputDefinition[] {
  if (system.boot === 'uefi') {
    return [
      { dependentTasksOutputFiles: '**/disk.img' },
      ...system.architectures.map((arch) => ({ env: `REDOX_FIRMWARE_${arch.toUpperCase()}` })),
    ];
  }
  return [{ dependentTasksOutputFiles: '**/stage/**' }, { dependentTasksOutputFiles: '**/initfs.img' }];
}

/** The stages of a boot on one architecture, as the executor takes them. */
function stagesOf({ stages }: System, arch: Arch): BootStage[] {
  return stages.flatMap(({ architectures, ...stage }) =>
    architectures === undefined || architectures.includes(arch) ? [stage] : [],
  );
}

/** QEMU as @nx-redox/qemu finds it; another version may boot in another way. */
export function qemuVersion(arch: Arch): InputDefinition {
  return { runtime: `"\${REDOX_QEMU_${arch.toUpperCase()}:-qemu-system-${arch}}" --version` };
}

/** Whether the processor itself runs the guest, which is for the machine's kernel to say: a boot is another one then. */
const ACCELERATOR: InputDefinition = { runtime: 'test -w /dev/kvm && uname -srv || sysctl -n kern.hv_support 2>&1' };

/** `boot-cranelift` and `boot-llvm` of a system: a boot that ends with a verdict. */
export function bootTarget(
  model: SystemModel,
  system: System,
  recipes: BootRecipes,
  backend: Backend,
  tools: ToolInputs,
): TargetOf<'@nx-redox/qemu:boot'> {
  const options = machine(model, system, recipes, backend, 'boot');
  const hasOwnStages = system.stages.some(({ architectures }) => architectures !== undefined);
  return {
    executor: '@nx-redox/qemu:boot',
    cache: true,
    // A second QEMU would take time from the first, whose stages have budgets.
    parallelism: false,
    dependsOn: dependencies(recipes, system, backend),
    inputs: [
      '{projectRoot}/system.toml',
      ...bootedFiles(system),
      ...system.architectures.map(qemuVersion),
      ...(system.architectures.some((arch) => system.qemu[arch]?.accelerate) ? [ACCELERATOR] : []),
      ...tools('qemu'),
    ],
    outputs: [asOutput(options.output)],
    options: {
      ...options,
      stages: stagesOf(system, defaultArch(system)),
      fail: system.fail,
      debugFiles: [recipes.kernel, ...bundledRecipes(recipes.initfs, model)].flatMap((recipe) =>
        debugFiles(recipe, recipes.initfs, backendOf(system, recipe.name, backend)),
      ),
    },
    configurations: architectureConfigurations(system, (arch) => ({
      arch,
      qemu: qemuOf(system, arch),
      ...(hasOwnStages ? { stages: stagesOf(system, arch) } : {}),
    })),
    ...about(
      `Boots the system that ${BACKEND_NAMES[backend]} compiled in QEMU, stage by stage, and judges it`,
      'redox',
      'qemu',
    ),
  };
}

/** What `run` and `exec` have beside the machine: the kernel's arguments that bring a shell. */
const shellArguments = ({ boot, shell }: System) =>
  boot === 'direct' && shell?.arguments !== undefined ? { append: shell.arguments } : {};

/** `run` of a system: QEMU with the serial line on the terminal, until the user leaves it or it ends. */
export function runTarget(model: SystemModel, system: System, recipes: BootRecipes): TargetOf<'@nx-redox/qemu:run'> {
  const backend = system.backend.default;
  return {
    executor: '@nx-redox/qemu:run',
    // Not continuous: Nx gives those no terminal, and calls their end a cancellation.
    cache: false,
    dependsOn: dependencies(recipes, system, backend),
    options: { ...machine(model, system, recipes, backend, 'run'), ...shellArguments(system) },
    configurations: configurations(system),
    ...about('Runs the system in QEMU with the serial line on this terminal; Ctrl-A x leaves it', 'redox', 'qemu'),
  };
}

/** `exec` of a system that has a shell: boots it, runs `--command` there and prints its output. */
export function execTarget(model: SystemModel, system: System, recipes: BootRecipes): TargetOf<'@nx-redox/qemu:exec'> {
  const backend = system.backend.default;
  const { user, password, prompt = redox.login.prompt } = system.shell ?? {};
  return {
    executor: '@nx-redox/qemu:exec',
    cache: false,
    dependsOn: dependencies(recipes, system, backend),
    options: {
      ...machine(model, system, recipes, backend, 'exec'),
      ...shellArguments(system),
      session: {
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { password }),
        words: { ...redox.login, prompt },
      },
      fail: system.fail,
    },
    configurations: configurations(system),
    ...about("Boots the system, runs --command='...' in its shell and prints the output", 'redox', 'qemu'),
  };
}
