import { existsSync } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, writeFileWhole } from '@nx-redox/kit';
/** How a toolchain was got. */
export const PROVIDERS = ['path', 'archive', 'package', 'rustup', 'source'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** Where the workspace's toolchain is on this machine (`dist/toolchain/location.json`); no task hashes it. */
export interface Location {
  root: string;
  /** The compiler; in a toolchain of two halves, the launcher that chooses one. */
  rustc: string;
  /** The compiler with LLVM; the same as `rustc` where one compiler has both backends. */
  rustcLlvm: string;
  cargo: string;
  llvmBackendFlag: string[];
  /** Missing if the toolchain has no Cranelift backend. */
  craneliftBackendFlag?: string[];
  /** Folder of the standard library's source (with `library` in it); missing if it is not installed. */
  rustSrc?: string;
  provider: ProviderName;
}

/** The shared library with rustc's Cranelift backend, if there is one. */
export async function craneliftLibrary(root: string): Promise<string | undefined> {
  const rustlib = join(root, 'lib/rustlib');
  for (const host of await readdir(rustlib).catch((): string[] => [])) {
    const folder = join(rustlib, host, 'codegen-backends');
    const names = await readdir(folder).catch((): string[] => []);
    const name = names.find((candidate) => /^librustc_codegen_cranelift.*\.(so|dylib)$/.test(candidate));
    if (name) return join(folder, name);
  }
  return undefined;
}

/**
 * Describes the toolchain in a sysroot-like folder.
 *
 * @throws {UserError} if it has no rustc or no cargo.
 */
export async function locate(root: string, provider: ProviderName): Promise<Location> {
  const path = (name: string) => join(root, name);
  for (const program of ['bin/rustc', 'bin/cargo']) {
    if (!existsSync(path(program))) {
      throw new UserError(`${root} is no toolchain: ${program} is missing`, {
        advice: 'name the folder that holds bin/rustc and bin/cargo (for rustup: `rustc --print sysroot`)',
      });
    }
  }
  const half = path('bin/rustc-llvm');
  const source = path('lib/rustlib/src/rust');
  return {
    root,
    rustc: path('bin/rustc'),
    rustcLlvm: existsSync(half) ? half : path('bin/rustc'),
    cargo: path('bin/cargo'),
    llvmBackendFlag: ['-Zcodegen-backend=llvm'],
    craneliftBackendFlag: (await craneliftLibrary(root)) ? ['-Zcodegen-backend=cranelift'] : undefined,
    // rustc names the source's folder without symbolic links, and path remapping compares text.
    rustSrc: existsSync(join(source, 'library/core')) ? await realpath(source) : undefined,
    provider,
  };
}

/**
 * LLVM's linker, which every toolchain brings.
 *
 * @throws {UserError} if it is not there.
 */
export async function rustLld({ root }: Location): Promise<string> {
  const rustlib = join(root, 'lib/rustlib');
  for (const host of await readdir(rustlib).catch((): string[] => [])) {
    const path = join(rustlib, host, 'bin/rust-lld');
    if (existsSync(path)) return path;
  }
  throw new UserError(`the toolchain in ${root} has no rust-lld`, {
    advice: 'use a complete toolchain: npx nx run toolchain:install',
  });
}

export function locationFile(workspaceRoot: string): string {
  return join(workspaceRoot, 'dist/toolchain/location.json');
}

/** The toolchain that this workspace uses, or undefined if none was installed or it is gone. */
export async function knownLocation(workspaceRoot: string): Promise<Location | undefined> {
  try {
    const location = JSON.parse(await readFile(locationFile(workspaceRoot), 'utf8')) as Location;
    const used = [location.rustc, location.rustcLlvm, location.cargo];
    return used.every((path) => existsSync(path)) ? location : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The toolchain that this workspace uses.
 *
 * @throws {UserError} if none was installed or it is gone.
 */
export async function readLocation(workspaceRoot: string): Promise<Location> {
  const location = await knownLocation(workspaceRoot);
  if (location) return location;
  throw new UserError(
    existsSync(locationFile(workspaceRoot))
      ? 'the toolchain that this workspace used is gone'
      : 'no toolchain is installed for this workspace',
    { advice: 'npx nx run toolchain:install' },
  );
}

/** Writes JSON, but leaves a file alone that says the same: its time stamp means something to others. */
export async function writeJsonIfChanged(path: string, value: unknown): Promise<boolean> {
  const text = `${JSON.stringify(value, undefined, 2)}\n`;
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return false;
  await writeFileWhole(path, text);
  return true;
}
