import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Elf, hex, parseElf, type PeFile, peMachineName, programSizes, stripElf } from '@nx-redox/binary';
import { blake3Bytes, replaceDirectory } from '@nx-redox/kit';
import { type Artifact, elfFacts } from './artifact';
import type { CrateBackend } from './crate-list';
import { checkBudget } from './budget';
import type { PreparedTask } from './command';

type StagedFile = { bytes: Uint8Array } & Pick<Artifact['files'][number], 'elf' | 'pe' | 'sizes'>;

function strippedElf(linked: Elf, path: string): StagedFile {
  const bytes = stripElf(linked);
  return { bytes, sizes: programSizes(linked), elf: elfFacts(parseElf(bytes, path)) };
}

function peFile({ bytes, pe }: { bytes: Uint8Array; pe: PeFile }): StagedFile {
  return { bytes, pe: { machine: peMachineName(pe.machine), entry: hex(pe.entry) } };
}

/**
 * Replaces the task's output folder as a whole: `debug/<bin>` (as linked), `stage/<stagePath>` (stripped) and `artifact.json`.
 * A program that is larger than its budget leaves it as it was.
 *
 * @param toolchain identity of the toolchain.
 * @throws {UserError} if the program is larger than its budget.
 */
export async function stageProgram(
  task: PreparedTask,
  linked: Elf | { bytes: Uint8Array; pe: PeFile },
  crates: readonly CrateBackend[],
  toolchain: string,
  libc?: Artifact['libc'],
): Promise<Artifact> {
  const { bytes: staged, ...facts } = linked instanceof Elf ? strippedElf(linked, task.stagePath) : peFile(linked);
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
        size: staged.length,
        blake3: await blake3Bytes(staged),
        ...facts,
      },
    ],
    crates: [...crates],
    ...(libc === undefined ? {} : { libc }),
  };
  await checkBudget(task, artifact.files, linked instanceof Elf ? linked.file : undefined);
  await replaceDirectory(task.outputDir, async (dir) => {
    const put = async (path: string, bytes: Uint8Array) => {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), bytes);
      await chmod(join(dir, path), 0o755);
    };
    await put(join('debug', task.bin), linked.bytes);
    await put(join('stage', task.stagePath), staged);
    await writeFile(join(dir, 'artifact.json'), `${JSON.stringify(artifact, null, 2)}\n`);
  });
  return artifact;
}
