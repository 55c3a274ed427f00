import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blake3Hex, replaceDirectory } from '@nx-redox/common';
import { type Elf, ELF_TYPES, machineName, parseElf, stripElf } from '@nx-redox/elf';
import type { Artifact } from './artifact';
import type { CrateBackend } from './backend-check';
import type { PreparedTask } from './command';

/**
 * Replaces the task's output folder as a whole: `debug/<bin>` (as linked), `stage/<stagePath>` (stripped) and `artifact.json`.
 *
 * @param toolchain identity of the toolchain.
 */
export async function stageProgram(
  task: PreparedTask,
  linked: Elf,
  crates: readonly CrateBackend[],
  toolchain: string,
): Promise<Artifact> {
  const stripped = stripElf(linked);
  const elf = parseElf(stripped, task.stagePath);
  const artifact: Artifact = {
    schema: 1,
    project: task.project,
    package: task.package,
    arch: task.arch,
    backend: task.backend,
    target: task.target,
    toolchain,
    files: [
      {
        path: task.stagePath,
        size: stripped.length,
        blake3: blake3Hex(stripped),
        elf: {
          type: ELF_TYPES[elf.type] ?? String(elf.type),
          machine: machineName(elf.machine),
          entry: `0x${elf.entry.toString(16)}`,
        },
      },
    ],
    crates: [...crates],
  };
  await replaceDirectory(task.outputDir, async (dir) => {
    const put = async (path: string, bytes: Uint8Array) => {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), bytes);
      await chmod(join(dir, path), 0o755);
    };
    await put(join('debug', task.bin), linked.bytes);
    await put(join('stage', task.stagePath), stripped);
    await writeFile(join(dir, 'artifact.json'), `${JSON.stringify(artifact, null, 2)}\n`);
  });
  return artifact;
}
