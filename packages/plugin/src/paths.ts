import { type Backend, outputFolder } from '@nx-redox/kit/target';
/*
 * Where targets put their results, and find those of others. `{arch}` stays in options, whose executors fill it in,
 * so that a configuration has to say nothing but the architecture.
 */

/** Folder of what a project makes with a backend. */
export function distOf(project: string, backend: Backend): string {
  return outputFolder(project, backend);
}

/** The same folder of either backend: the executor fills in which. */
export function distOfEither(project: string): string {
  return outputFolder(project);
}

/** What the recipe of a project installs. */
export function stageOf(project: string, backend: Backend): string {
  return `${distOf(project, backend)}/stage`;
}

/** Folder of what a recipe's project makes for the machine that builds. */
export function hostDistOf(project: string): string {
  return `dist/host/${project}`;
}

/** What the recipe of a project installs for the machine that builds. */
export function hostStageOf(project: string): string {
  return `${hostDistOf(project)}/stage`;
}

/** Where the recipes that a boot needs have their file in the stage: what a recipe is for says it. */
export const BOOT_FILES = {
  kernel: 'usr/lib/boot/kernel',
  bootstrap: 'usr/lib/boot/bootstrap',
  bootloader: 'usr/lib/boot/bootloader.efi',
} as const;

/** Folders `before/NAME/after` as one path, which their executor takes apart: each value of a target costs Nx time. */
export function joined(names: readonly string[], folder: (name: string) => string): string[] {
  if (names.length < 2 || names.some((name) => /[{},]/.test(name))) return names.map(folder);
  return [folder(`{${names.join(',')}}`)];
}

export function stagedFile(project: string, backend: Backend, path: string): string {
  return `${stageOf(project, backend)}/${path}`;
}

/** The unstripped program. */
export function debugFile(project: string, backend: Backend, bin: string): string {
  return `${distOf(project, backend)}/debug/${bin}`;
}

export function sysrootOf(specId: string, backend: Backend): string {
  return `dist/{arch}/${backend}/toolchain/${specId}`;
}

/** The output declaration for a folder or file of {@link distOf}: Nx fills in the architecture. */
export function asOutput(path: string): string {
  return `{workspaceRoot}/${path.replace('{arch}', '{options.arch}')}`;
}
