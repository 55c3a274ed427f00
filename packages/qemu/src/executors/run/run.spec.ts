import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startExecutor, TOY } from '../../testing/executor';
import { guest } from '../../testing/guest';
import { qemusIn } from '../../testing/processes';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-run-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const start = () => startExecutor('run', TOY, root);

describe('the executor run', () => {
  it('says how to leave, then shows the serial line until the guest ends', async () => {
    await writeFile(join(root, 'kernel.bin'), guest({ say: 'hello' }, { exit: 51 }));
    const { ended, output } = start();
    expect(await ended).toBe(0);
    expect(output()).toBe(
      "toy on aarch64: Ctrl-A x leaves it, Ctrl-A c switches to QEMU's monitor and back\n" +
        'hello\nthe guest ended with success (exit code 51)\n',
    );
  });

  it('gives the keys to QEMU: Ctrl-A x ends it', async () => {
    await writeFile(join(root, 'kernel.bin'), guest({ say: 'hello' }, 'hang'));
    const { child, ended, says } = start();
    await says('hello');
    child.stdin.write('\x01x');
    expect(await ended).toBe(0);
    expect(await qemusIn(root)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves no QEMU behind after %s', async (signal) => {
    await writeFile(join(root, 'kernel.bin'), guest({ say: 'hello' }, 'hang'));
    const { child, ended, says } = start();
    await says('hello');
    child.kill(signal);
    await ended;
    for (let i = 0; i < 100 && (await qemusIn(root)).length > 0; i++) await sleep(20);
    expect(await qemusIn(root)).toEqual([]);
  });
});
