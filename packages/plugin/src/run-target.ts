import { createRequire } from 'node:module';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';

/**
 * Runs a task and what it depends on, as `nx run` does.
 *
 * @param task project, target and perhaps configuration.
 * @returns whether it has succeeded
 */
export async function runTarget(workspaceRoot: string, task: readonly string[], signal: AbortSignal): Promise<boolean> {
  const nx = createRequire(join(workspaceRoot, 'package.json')).resolve('nx/bin/nx.js');
  const { exitCode } = await run(process.execPath, [nx, 'run', task.join(':'), '--output-style=stream'], {
    cwd: workspaceRoot,
    // Its own terminal UI would write over that of the run around it.
    env: { NX_TUI: 'false' },
    signal,
    onLine: (line, stream) => void process[stream].write(`${line}\n`),
  });
  return exitCode === 0;
}
