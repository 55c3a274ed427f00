import { access } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { run, UserError } from '@nx-redox/kit';
import { z } from 'zod';
import { crateName } from './crate-list';
import type { CompileSettings } from './settings';
import type { BuildTask } from './task';

// Of `cargo metadata --format-version 1`, what is used here.
const schema = z.object({
  workspace_root: z.string(),
  packages: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      id: z.string(),
      manifest_path: z.string(),
      dependencies: z.array(z.object({ path: z.string().optional() })),
      targets: z.array(
        z.object({
          name: z.string(),
          kind: z.array(z.string()),
          crate_types: z.array(z.string()),
          src_path: z.string(),
        }),
      ),
    }),
  ),
});

export type CargoManifest = z.infer<typeof schema>;
export type CargoPackage = CargoManifest['packages'][number];

/**
 * Reads a Cargo.toml and its Cargo workspace, without dependencies and without the network.
 *
 * @param manifestPath the task's, or one that stands for it.
 * @throws {UserError} if the file is missing or cargo refuses it.
 */
export async function readManifest(
  task: CompileSettings,
  manifestPath: string,
  cargo: string,
  env: Record<string, string | undefined>,
  signal?: AbortSignal,
): Promise<CargoManifest> {
  const file = relative(task.workspaceRoot, manifestPath);
  await access(manifestPath).catch(() => {
    throw new UserError('there is no such Cargo.toml', {
      file,
      advice: `create it, or correct the source of ${task.project}`,
    });
  });
  const args = ['metadata', '--no-deps', '--offline', '--format-version=1', `--manifest-path=${manifestPath}`];
  const result = await run(cargo, args, { cwd: dirname(manifestPath), env, signal });
  if (result.exitCode !== 0) {
    throw new UserError(`cargo refuses this manifest:\n${result.stderr.trim()}`, { file });
  }
  return schema.parse(JSON.parse(result.stdout));
}

/** @throws {UserError} naming the packages that there are. */
export function packageNamed({ packages }: CargoManifest, wanted: string, task: CompileSettings): CargoPackage {
  const found = packages.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  throw new UserError(`no package "${wanted}" in this manifest`, {
    file: relative(task.workspaceRoot, task.manifestPath),
    advice: [
      `packages there: ${packages.map(({ name }) => name).join(', ') || 'none'}`,
      `correct \`package\` in the recipe of ${task.project}, or the manifest`,
    ],
  });
}

/** The target of a package that a task builds. */
export interface FoundTarget {
  package: CargoPackage;
  crateType: 'bin' | 'staticlib';
  /** Name of the crate, as rustc knows it. */
  crate: string;
}

/**
 * Finds the task's package and bin; a bootstrap may be a static library.
 *
 * @throws {UserError} naming those that there are.
 */
export function findTarget(manifest: CargoManifest, task: BuildTask): FoundTarget {
  const found = packageNamed(manifest, task.package, task);
  const bins = found.targets.filter(({ kind }) => kind.includes('bin')).map(({ name }) => name);
  const library = found.targets.find(({ crate_types }) => crate_types.includes('staticlib'));
  if (library && task.kind === 'bootstrap' && bins.length === 0) {
    return { package: found, crateType: 'staticlib', crate: crateName(library.name) };
  }
  if (!bins.includes(task.bin)) {
    throw new UserError(`package "${task.package}" has no bin "${task.bin}"`, {
      file: relative(task.workspaceRoot, task.manifestPath),
      advice: [
        bins.length > 0
          ? `its bins: ${bins.join(', ')}`
          : 'it has no bin at all: add src/main.rs, or say `kind = "library"` in the recipe',
        `correct \`bin\` in the recipe of ${task.project}, or the manifest`,
      ],
    });
  }
  return { package: found, crateType: 'bin', crate: crateName(task.bin) };
}
