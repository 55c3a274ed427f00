import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { markEdited, type PresentSource } from './edited';

const execFileAsync = promisify(execFile);

/** Below `bin`, so that it is found from sources, too. */
const PROGRAM = join(__dirname, '../../bin/mark-edited.js');

/** {@link markEdited} in a process of its own, beside one that will be busy for longer than Node needs to start. */
export async function markEditedBeside(workspaceRoot: string, sources: readonly PresentSource[]): Promise<void> {
  const running = execFileAsync(process.execPath, [PROGRAM, workspaceRoot]);
  // A process that could not start says so below.
  running.child.stdin!.on('error', () => undefined);
  // The end of the input would come when this process has time; that of a line is seen at once.
  running.child.stdin!.end(`${JSON.stringify(sources)}\n`);
  await running;
}

/** That process: the workspace's root is its argument, its input a line with the sources as JSON. */
export async function main([workspaceRoot = '.']: readonly string[]): Promise<number> {
  const [line] = (await once(createInterface(process.stdin), 'line')) as [string];
  process.stdin.destroy();
  await markEdited(workspaceRoot, JSON.parse(line) as PresentSource[]);
  return 0;
}
