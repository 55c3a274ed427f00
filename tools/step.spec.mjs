import process from 'node:process';
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

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
