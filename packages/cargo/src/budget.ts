import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { requireBudget, type SizedFile } from '@nx-redox/binary';
import { artifactSchema } from './artifact';

/** What of a task says how large the files in its stage may be together. */
export interface BudgetedTask {
  project: string;
  workspaceRoot: string;
  outputDir: string;
  /** In bytes. */
  budget?: number | undefined;
  /** The file that says so, for messages. */
  file?: string;
}

const lastFiles = artifactSchema.shape.files.element.pick({ path: true, size: true, sizes: true }).array();

/**
 * Makes sure that a stage keeps its budget. What the last build made is still in the output folder.
 *
 * @param linked the program as it was linked, for the advice
 * @throws {UserError} with what grew since the last build.
 */
export async function checkBudget(task: BudgetedTask, files: readonly SizedFile[], linked?: string): Promise<void> {
  const { budget, project, outputDir, workspaceRoot, file } = task;
  if (budget === undefined) return;
  const last = await readLast(join(outputDir, 'artifact.json'));
  const whole = (list: readonly SizedFile[]) => ({ size: list.reduce((sum, { size }) => sum + size, 0), files: list });
  const advice =
    linked === undefined ? [] : [`who refers to what: npx redox-elf size --why ${relative(workspaceRoot, linked)}`];
  requireBudget(
    { limit: budget, what: project, ...(file === undefined ? {} : { file }) },
    whole(files),
    last && whole(last),
    advice,
  );
}

/** Files of the build before; undefined if there was none, or one of another version. */
async function readLast(file: string): Promise<SizedFile[] | undefined> {
  try {
    const { files } = JSON.parse(await readFile(file, 'utf8')) as { files: unknown };
    return lastFiles.parse(files);
  } catch {
    return undefined;
  }
}
