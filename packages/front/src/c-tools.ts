import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { findProgram } from '@nx-redox/kit';
import type { CTools } from './settings';

/** Programs of LLVM that stand in for GCC and the binutils. What the toolchain brings is not asked of the machine. */
const LLVM = [
  'clang',
  'llvm-ar',
  'llvm-nm',
  'llvm-objcopy',
  'llvm-objdump',
  'llvm-ranlib',
  'llvm-readelf',
  'llvm-strip',
];

/** Where distributions put LLVM besides PATH. */
async function llvmFolders(): Promise<string[]> {
  const versions = (await readdir('/usr/lib').catch((): string[] => []))
    .flatMap((name) => /^llvm-?(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
  return [
    ...versions.flatMap((version) => [`/usr/lib/llvm-${version}/bin`, `/usr/lib/llvm${version}/bin`]),
    ...['/opt/homebrew/opt/llvm/bin', '/usr/local/opt/llvm/bin'],
  ].filter((folder) => existsSync(folder));
}

/** A cross compiler that upstream's build system has left in a checkout. */
async function prefixOf(checkout: string, gnuTarget: string): Promise<string | undefined> {
  const prefix = join(checkout, 'prefix', gnuTarget);
  for (const name of (await readdir(prefix).catch((): string[] => [])).sort().toReversed()) {
    const bin = join(prefix, name, 'bin');
    if (existsSync(join(bin, `${gnuTarget}-gcc`))) return realpath(bin);
  }
  return undefined;
}

/** Finds the programs for C: upstream's prefix in the checkout or on PATH, else this machine's LLVM. */
export async function findCTools(checkout: string, gnuTarget: string, path: string): Promise<CTools> {
  const bin = await prefixOf(checkout, gnuTarget);
  if (bin !== undefined) return { kind: 'prefix', bin };
  const cross = await findProgram(`${gnuTarget}-gcc`, { PATH: path });
  if (cross !== undefined) return { kind: 'prefix', bin: dirname(cross) };
  const PATH = [path, ...(await llvmFolders())].join(delimiter);
  const programs: Record<string, string> = {};
  for (const name of LLVM) {
    const found = await findProgram(name, { PATH });
    if (found !== undefined) programs[name] = found;
  }
  return { kind: 'llvm', programs };
}
