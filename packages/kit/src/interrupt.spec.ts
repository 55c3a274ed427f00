import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'nx-redox-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process like Nx's workers: its channel to the parent keeps it alive. It says what it does over the channel. */
function worker(body: string) {
  const file = join(folder, 'worker.cjs');
  writeFileSync(
    file,
    `const { interruptible } = require(${JSON.stringify(resolve(__dirname, 'interrupt.ts'))});
     process.on('message', () => undefined);
     ${body}`,
  );
  const child = fork(file, { execArgv: ['-r', '@swc-node/register'], cwd: resolve(__dirname, '../../..') });
  return { child, said: async () => ((await once(child, 'message')) as [unknown])[0], exited: once(child, 'exit') };
}

describe('interruptible', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('lets %s end a process that has done its work', async (signal) => {
    const { child, said, exited } = worker(`interruptible(async () => 1).then(() => process.send('idle'));`);
    expect(await said()).toBe('idle');
    child.kill(signal);
    // One that caught the signal would live on, and end by itself now that its channel closes.
    child.disconnect();
    expect(await exited).toEqual([null, signal]);
  });

  it('tells work that is going on, which may clean up', async () => {
    const { child, said, exited } = worker(
      `interruptible((signal) => {
         process.send('working');
         return new Promise((done) => signal.addEventListener('abort', () => done(signal.reason.message)));
       }).then((reason) => process.send(reason));`,
    );
    expect(await said()).toBe('working');
    const reason = said();
    child.kill('SIGTERM');
    expect(await reason).toBe('stopped by SIGTERM');
    child.kill('SIGTERM');
    expect(await exited).toEqual([null, 'SIGTERM']);
  });

  it('tells work that the parent is gone', async () => {
    const { child, said, exited } = worker(
      `interruptible((signal) => {
         process.send('working');
         return new Promise((done) => signal.addEventListener('abort', () => done(signal.reason.message)));
       }).then((reason) => process.exit(reason === 'stopped by the end of Nx' ? 7 : 1));
       setInterval(() => undefined, 1000);`,
    );
    expect(await said()).toBe('working');
    child.disconnect();
    expect(await exited).toEqual([7, null]);
  });
});
