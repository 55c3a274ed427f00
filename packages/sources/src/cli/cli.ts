import { resolve } from 'node:path';
import { sourceState } from '../source-state';

/** Where the program writes. */
interface Output {
  out: (text: string) => void;
  err: (text: string) => void;
}

const USAGE = `redox-source state FOLDER

Prints a digest of all that a build finds in the source FOLDER: tasks that build it have it in their hash.
`;

/** The program `redox-source`. @returns its exit code. */
export async function main(args: readonly string[], { out, err }: Output, root = process.cwd()): Promise<number> {
  const [command, folder, ...others] = args;
  if (command !== 'state' || folder === undefined || others.length > 0) {
    err(USAGE);
    return 2;
  }
  try {
    // A source that is not there may be anything tomorrow: no result must be found under this.
    out(`${(await sourceState(resolve(root, folder))) ?? `missing ${Date.now()}`}\n`);
    return 0;
  } catch (error) {
    err(`${folder}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
