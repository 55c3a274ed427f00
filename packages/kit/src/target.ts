/** Processor architectures that systems are built for, as in Redox's target triples. */
export const ARCHES = ['aarch64', 'x86_64'] as const;
export type Arch = (typeof ARCHES)[number];

/** rustc's code generation backends. */
export const BACKENDS = ['cranelift', 'llvm'] as const;
export type Backend = (typeof BACKENDS)[number];

/** The backends as people call them. */
export const BACKEND_NAMES: Readonly<Record<Backend, string>> = { cranelift: 'Cranelift', llvm: 'LLVM' };

export const otherBackend = (backend: Backend): Backend => (backend === 'cranelift' ? 'llvm' : 'cranelift');

/** When LLVM may compile a crate in a build by Cranelift: for a reason that is known, or never. */
export const FALLBACKS = ['known', 'never'] as const;
export type Fallback = (typeof FALLBACKS)[number];

/** Fills `{arch}` and `{backend}` in an executor's path option. */
export function fillPath(path: string, values: { arch: Arch; backend: Backend }): string {
  return path.replaceAll('{arch}', values.arch).replaceAll('{backend}', values.backend);
}

/** Folder, relative to the workspace, of what a project makes with a backend; what is not said is filled in by {@link fillPath}. */
export function outputFolder(project: string, backend: Backend | '{backend}' = '{backend}'): string {
  return `dist/{arch}/${backend}/${project}`;
}

/** Where firmware looks for a boot loader on a disk that it does not know (UEFI specification, 3.5.1.1). */
export const UEFI_LOADER: Readonly<Record<Arch, string>> = {
  aarch64: 'EFI/BOOT/BOOTAA64.EFI',
  x86_64: 'EFI/BOOT/BOOTX64.EFI',
};
