import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blake3Bytes, replaceDirectory } from '@nx-redox/kit';
import type { Artifact } from '../artifact';
import type { CrateBackend } from '../crate-list';
import type { LibcTask } from './task';

/** Where the files are in the stage. */
const LIBC_FOLDER = 'usr/lib';

/** What the executor libc says of its files: as that of programs, but none of them is one. */
export type LibcArtifact = Omit<Artifact, 'files'> & { files: Omit<Artifact['files'][number], 'elf'>[] };

/**
 * Replaces the task's output folder as a whole: the files in `stage/usr/lib` and `artifact.json`.
 *
 * @param built target, identity of the toolchain, and the backend of each crate
 */
export async function stageLibc(
  { project, package: name, arch, backend, outputDir }: LibcTask,
  files: ReadonlyMap<string, Uint8Array>,
  built: { target: string; toolchain: string; crates: CrateBackend[] },
): Promise<LibcArtifact> {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const artifact: LibcArtifact = {
    schema: 1,
    project,
    package: name,
    arch,
    backend,
    target: built.target,
    toolchain: built.toolchain,
    files: await Promise.all(
      sorted.map(async ([file, bytes]) => ({
        path: `${LIBC_FOLDER}/${file}`,
        size: bytes.length,
        blake3: await blake3Bytes(bytes),
      })),
    ),
    crates: built.crates,
  };
  await replaceDirectory(outputDir, async (dir) => {
    const folder = join(dir, 'stage', LIBC_FOLDER);
    await mkdir(folder, { recursive: true });
    for (const [file, bytes] of sorted) await writeFile(join(folder, file), bytes);
    await writeFile(join(dir, 'artifact.json'), `${JSON.stringify(artifact, null, 2)}\n`);
  });
  return artifact;
}
