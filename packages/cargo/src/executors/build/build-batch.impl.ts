import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { formatError, keepCompiledCode, listenForInterruption, wantsColor } from '@nx-redox/kit';
import { taskOptions } from '@nx-redox/kit/options';
import { buildBatch } from '../../batch';
import { Builder } from '../../build';
import { inputsChecks } from '../../inputs/coverage';
import { toTask } from '../../task';
import { type BuildExecutorOptions, schema } from './options';

/** What Nx takes from a batch, task by task. */
interface TaskEnd {
  task: string;
  result: {
    success: boolean;
    status: 'success' | 'failure' | 'skipped';
    terminalOutput: string;
    startTime: number;
    endTime: number;
  };
}

/** `@nx-redox/cargo:build` for many tasks in few cargo runs. */
export default async function* buildBatchExecutor(
  taskGraph: TaskGraph,
  options: Record<string, BuildExecutorOptions>,
  _overrides: BuildExecutorOptions,
  context: ExecutorContext,
): AsyncGenerator<TaskEnd> {
  const { signal, release } = listenForInterruption();
  const builder = new Builder({ signal, color: wantsColor(process.stderr) });
  const inputs = inputsChecks(context);
  const entries = Object.values(taskGraph.tasks).map((task) => ({
    id: task.id,
    inputs: inputs(task.id),
    task: () => {
      const { project, target } = task.target;
      const own = { root: context.root, projectName: project, targetName: target };
      return toTask(taskOptions(schema, options[task.id], own), project, context.root);
    },
    dependsOn: (taskGraph.dependencies[task.id] ?? []).filter((id) => id in taskGraph.tasks),
  }));
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    for await (const { id, status, output, startTime, endTime } of buildBatch(entries, builder, progress, signal)) {
      yield { task: id, result: { success: status === 'success', status, terminalOutput: output, startTime, endTime } };
    }
  } finally {
    release();
    // When Nx knows that the batch is done, and before it ends this process.
    setImmediate(keepCompiledCode);
  }
  if (signal.aborted) {
    process.stderr.write(`\n${formatError(signal.reason)}\n`);
    // Nx's batch worker stays for more work; nobody would end this one.
    setImmediate(() => process.exit(1));
  }
}
