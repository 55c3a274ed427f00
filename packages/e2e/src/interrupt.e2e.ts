import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningIn } from './processes';
import { createWorkspace, type Workspace } from './workspace';

describe('Ctrl-C', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await createWorkspace();
  });
  afterAll(() => workspace?.remove());

  /** Starts nx, sends it SIGINT when `ready` says so, and waits for its end. */
  const interrupted = async (args: string[], ready: () => Promise<boolean>) => {
    const controller = new AbortController();
    let ended = false;
    const task = workspace
      .nx(args, { signal: controller.signal, killAfterMs: 15_000 })
      .catch((error: unknown) => error)
      .finally(() => (ended = true));
    while (!ended && !(await ready())) await sleep(10);
    expect(ended, 'the task ended before it could be interrupted').toBe(false);
    controller.abort(new Error('interrupted by the test'));
    await task;
  };

  it('in the middle of a build leaves nothing running, and the next build is right', async () => {
    await workspace.edit('recipes/mini/kernel/src/main.rs', /$/, '\n// changed\n');
    const compiling = () => runningIn(workspace.root, /(rustc|cargo)[^/]*$/);
    await interrupted(['run', 'kernel:build-cranelift'], async () => (await compiling()).length > 0);
    for (let i = 0; i < 60 && (await compiling()).length > 0; i++) await sleep(50);
    expect(await compiling()).toEqual([]);
    const again = await workspace.nx(['run', 'kernel:build-cranelift']);
    expect(again.exitCode, again.output).toBe(0);
  });

  it('in the middle of a boot leaves no QEMU, and the next boot is right', async () => {
    await workspace.edit('recipes/mini/initfs/etc/init.rc', /^/, '# changed\n');
    const guests = () => runningIn(workspace.root, /qemu-system/);
    await interrupted(['run', 'mini:boot-cranelift'], async () => (await guests()).length > 0);
    for (let i = 0; i < 60 && (await guests()).length > 0; i++) await sleep(50);
    expect(await guests()).toEqual([]);
    const again = await workspace.nx(['run', 'mini:boot-cranelift']);
    expect(again.exitCode, again.output).toBe(0);
  });
});
