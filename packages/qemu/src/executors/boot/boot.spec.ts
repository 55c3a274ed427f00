import { run } from '@nx-redox/kit';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startExecutor, TOY } from '../../testing/executor';
import { guest } from '../../testing/guest';
import { qemusIn } from '../../testing/processes';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-executor-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const options = {
  ...TOY,
  stages: [
    { name: 'kernel', pattern: 'kernel is up', timeout: 10 },
    { name: 'login', pattern: 'login:', timeout: 60 },
  ],
};
const start = (changes: object = {}) => startExecutor('boot', { ...options, ...changes }, root);

async function noQemuLeft() {
  for (let i = 0; i < 100 && (await qemusIn(root)).length > 0; i++) await sleep(20);
  expect(await qemusIn(root)).toEqual([]);
}

describe('the executor boot', () => {
  it('succeeds with a good boot', async () => {
    await writeFile(join(root, 'kernel.bin'), guest({ say: 'kernel is up\nlogin:' }, { exit: 51 }));
    const { ended, output } = start();
    expect(await ended).toBe(0);
    expect(output()).toContain('passed: 2 of 2 stages');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends QEMU on %s and says so', async (signal) => {
    await writeFile(join(root, 'kernel.bin'), guest({ say: 'kernel is up\n' }, 'hang'));
    const { child, ended, says, output } = start();
    await says('✓ kernel');
    expect(await qemusIn(root)).toHaveLength(1);
    child.kill(signal);
    expect(await ended).toBe(1);
    expect(output()).toMatch(new RegExp(`interrupted: stopped by ${signal}[^]*\nstopped by ${signal}\n$`));
    expect(await qemusIn(root)).toEqual([]);
    expect(JSON.parse(await readFile(join(root, 'out/report.json'), 'utf8'))).toMatchObject({ verdict: 'interrupted' });
  });

  it('does not count the time in which it was stopped, and reads what came meanwhile', async () => {
    // The guest needs about a second for the second stage, the budget is three, the stop takes six.
    await writeFile(
      join(root, 'kernel.bin'),
      guest({ say: 'kernel is up\n' }, { count: 200 }, { say: 'login:\n' }, { exit: 51 }),
    );
    const [kernel, login] = options.stages;
    const { child, ended, says, output } = start({ stages: [kernel, { ...login, timeout: 3 }] });
    await says('✓ kernel');
    child.kill('SIGSTOP');
    await sleep(6000);
    child.kill('SIGCONT');
    expect(await ended, output()).toBe(0);
    expect(output()).toContain('passed: 2 of 2 stages');
  });

  it('ends by its budgets and by signals while a pattern would backtrack for ever', async () => {
    await writeFile(join(root, 'kernel.bin'), guest({ say: `${'a'.repeat(200)}\n` }, 'hang'));
    const { ended, output } = start({
      stages: [{ name: 'never', pattern: 'never', timeout: 2 }],
      fail: [{ pattern: '(.+)+;', cause: 'backtracking' }],
    });
    expect(await ended).toBe(1);
    expect(output()).toContain('stage "never" did not come within 2 s');
  });

  it('leaves no QEMU behind when it is killed', async () => {
    await writeFile(join(root, 'kernel.bin'), guest({ say: 'kernel is up\n' }, 'hang'));
    const { child, ended, says } = start();
    await says('✓ kernel');
    child.kill('SIGKILL');
    await ended;
    await noQemuLeft();
  });

  it('counts as interrupted when Nx ends QEMU first', async () => {
    await writeFile(join(root, 'kernel.bin'), guest({ say: 'kernel is up\n' }, 'hang'));
    const { ended, says, output } = start();
    await says('✓ kernel');
    const [pid] = await qemusIn(root);
    await run('kill', [pid!]);
    expect(await ended).toBe(1);
    expect(output()).toMatch(/interrupted: somebody ended QEMU \(terminating on signal 15\)/);
  });
});
