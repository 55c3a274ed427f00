import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { runStep } from './step.mjs';

const quiet = { stdio: 'ignore', limit: 60 };

it('gives the exit status', async () => {
  expect(await runStep(['sh', '-c', 'exit 3'], quiet)).toBe(3);
  expect(await runStep(['sh', '-c', 'kill -TERM $$'], quiet)).toBeNull();
});

it('ends a step that hangs with all that it has started, and names it', async () => {
  let said = '';
  const script = 'sh -c "sleep 4321; true" & wait';
  const write = (text) => (said += text);
  expect(await runStep(['sh', '-c', script], { ...quiet, limit: 0.5, write })).toBeNull();
  expect(said).toMatch(/^\nnot done after 0.5 s; running were:\n/);
  const pid = Number(/^ {2}(\d+) for \S+: sleep 4321$/m.exec(said)?.[1]);
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
});

/** From `ps`: where nobody reaps it, an ended orphan stays a zombie, which takes signals. */
function isRunning(pid) {
  return /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim());
}
