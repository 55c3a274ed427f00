import type { Arch } from './target';
import table from './os-package-table.json';

/** How a package manager installs. */
const INSTALL = table.managers;
export type PackageManager = keyof typeof INSTALL;

const MANAGERS = Object.keys(INSTALL) as PackageManager[];
/** A text: the package is called so everywhere. */
const PACKAGES: Readonly<Record<string, string | Record<PackageManager, string>>> = table.programs;

/** The packages that hold a program; undefined if they are not known. */
export function packagesOf(program: string): Record<PackageManager, string> | undefined {
  const found = PACKAGES[program.startsWith('llvm-') ? 'llvm-*' : program];
  if (typeof found !== 'string') return found;
  return Object.fromEntries(MANAGERS.map((manager) => [manager, found])) as Record<PackageManager, string>;
}

/** The name by which {@link packagesOf} knows the UEFI firmware of a machine, which is no program. */
export function firmwareName(arch: Arch): string {
  return `firmware-${arch}`;
}

/** How each package manager installs a program, a line each; none if nobody knows. */
export function installAdvice(program: string): string[] {
  const packages = packagesOf(program);
  if (packages === undefined) return [];
  return MANAGERS.map((manager) => `with ${manager}: ${INSTALL[manager]} ${packages[manager]}`);
}
