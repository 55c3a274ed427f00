import { readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { editedOf, sourceState } from '@nx-redox/sources/state';

/** A source that is there, by the name that its file has. */
export interface PresentSource {
  name: string;
  /** Relative to the workspace. */
  folder: string;
  /** Files of the recipe's patches, relative to the workspace. */
  patches: readonly string[];
}

const FOLDER = '.nx-redox/edited';
const README = `${FOLDER}/README`;
const TEXT = `Each file here stands for a source that has edits. git ignores the sources, and "nx affected" sees what git sees:
these files let it see the edits. They go when the edits are gone, or when the source's server has them.
`;

/**
 * Whether a command of Nx may ask which files were edited, so that {@link markEdited} must come first; each source costs 10
 * ms. In the daemon and in a plugin's own process nobody knows the command.
 *
 * @param argv as in `process.argv`.
 */
export function mayAskForEdits([, program = '', command = '', ...options]: readonly string[]): boolean {
  if (!/(^|[/\\])nx(\.js)?$/.test(program) || !['run', 'run-many', 'show'].includes(command)) return true;
  return options.some((option) => option.startsWith('--affected'));
}

/**
 * Writes a file for each source with edits, and removes those of the others. Hashes do not need them: builds hash what a
 * source holds.
 */
export async function markEdited(workspaceRoot: string, sources: readonly PresentSource[]): Promise<void> {
  const marks = new Map<string, string>();
  const inPlace = sources.map(({ patches, ...source }) => ({
    ...source,
    dir: join(workspaceRoot, source.folder),
    patches: patches.map((patch) => join(workspaceRoot, patch)),
  }));
  await Promise.all(
    (await editedOf(inPlace)).map(async ({ name, folder, dir }) => {
      marks.set(name, `${folder} ${await sourceState(dir)}\n`);
    }),
  );
  let present: string[] = [];
  try {
    present = readdirSync(join(workspaceRoot, FOLDER));
  } catch {
    if (marks.size === 0) return;
  }
  try {
    if (marks.size === 0) {
      if (present.length > 0) await rm(join(workspaceRoot, FOLDER), { recursive: true, force: true });
      return;
    }
    await mkdir(join(workspaceRoot, dirname(README)), { recursive: true });
    for (const name of present) {
      if (name !== 'README' && !marks.has(name)) await rm(join(workspaceRoot, FOLDER, name), { force: true });
    }
    for (const [file, text] of [['README', TEXT] as const, ...marks]) {
      const path = join(workspaceRoot, FOLDER, file);
      if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await writeFile(path, text);
    }
  } catch {
    // A checkout that cannot be written to has no edits that a build could take.
  }
}
