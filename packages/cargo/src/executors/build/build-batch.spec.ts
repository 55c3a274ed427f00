import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { tinyOptions } from '../../testing/tiny-workspace';

/** Nx's `BatchMessageType`, which is not part of its API. */
const MESSAGE = { runTasks: 0, completeBatch: 2 };
const ROOT = resolve(__dirname, '../../../../..');

it("leaves Nx's batch worker so that SIGTERM ends it at once", async () => {
  const worker = fork(require.resolve('nx/src/tasks-runner/batch/run-batch'), {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NX_DAEMON: 'false', NX_WORKSPACE_ROOT_PATH: ROOT },
  });
  let output = '';
  for (const stream of [worker.stdout, worker.stderr]) stream?.on('data', (text) => (output += text));
  const target = { project: 'none', target: 'build-llvm' };
  // It fails before it needs a toolchain: there is no such package.
  const options = tinyOptions('none', 'llvm');
  const tasks = { roots: ['none:build-llvm'], dependencies: { 'none:build-llvm': [] }, continuousDependencies: {} };
  const batchTaskGraph = {
    ...tasks,
    tasks: { 'none:build-llvm': { id: 'none:build-llvm', target, overrides: {}, outputs: [], parallelism: true } },
  };
  const data = { root: 'none', targets: { 'build-llvm': { executor: '@nx-redox/cargo:build', options } } };
  worker.send({
    type: MESSAGE.runTasks,
    executorName: '@nx-redox/cargo:build',
    projectGraph: { nodes: { none: { name: 'none', type: 'app', data } }, dependencies: {} },
    batchTaskGraph,
    fullTaskGraph: batchTaskGraph,
  });
  const exited = once(worker, 'exit');
  const messages: { type: number; result?: { success: boolean } }[] = [];
  const done = new Promise<void>((finish) =>
    worker.on('message', (message: (typeof messages)[number]) => {
      messages.push(message);
      if (message.type === MESSAGE.completeBatch) finish();
    }),
  );
  await Promise.race([done, exited]);
  expect(messages.at(-1)?.type, output).toBe(MESSAGE.completeBatch);
  expect(messages[0]).toMatchObject({ result: { success: false } });

  // Nx keeps the worker and ends it like this. If it caught the signal, it would end when its channel closes, with 0.
  worker.kill('SIGTERM');
  worker.disconnect();
  expect(await exited).toEqual([null, 'SIGTERM']);
});
