import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './run';
import { UserError } from './user-error';

// `ps` and not kill(pid, 0): an ended orphan stays a zombie where nobody reaps it (in containers).
const alive = async (pid: number) => /^[^Z]/.test((await run('ps', ['-o', 'stat=', '-p', String(pid)])).stdout);

describe('run', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nx-redox-run-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('returns output, exit status and the lines of both streams', async () => {
    const lines: string[] = [];
    const result = await run('sh', ['-c', 'echo one; echo two >&2; printf three; exit 7'], {
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    });
    expect(result).toMatchObject({ exitCode: 7, stdout: 'one\nthree', stderr: 'two\n', timedOut: false });
    expect(lines.sort()).toEqual(['stderr two', 'stdout one', 'stdout three']);
  });

  it('passes arguments without a shell and gives the program no input unless told', async () => {
    expect((await run('printf', ['%s', '$HOME; *'])).stdout).toBe('$HOME; *');
    expect((await run('cat', [])).stdout).toBe('');
    expect((await run('cat', [], { input: 'abc' })).stdout).toBe('abc');
  });

  it('says what is missing', async () => {
    const error = await run('no-such-program-here', [], { missing: 'apt install it' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ message: 'cannot run no-such-program-here: not found', advice: ['apt install it'] });
  });

  it('ends the program and its children when the signal fires', async () => {
    const controller = new AbortController();
    const pids = join(dir, 'pids');
    const done = run('sh', ['-c', `sleep 60 & echo $! > ${pids}; echo ready; wait`], {
      signal: controller.signal,
      onLine: () => controller.abort(new UserError('enough')),
    });
    await expect(done).rejects.toThrow('enough');
    const child = Number(await readFile(pids, 'utf8'));
    for (let i = 0; i < 50 && (await alive(child)); i++) await sleep(20);
    expect(await alive(child)).toBe(false);
  });

  it('ends the program and its children when this process is killed with SIGKILL', async () => {
    const pids = join(dir, 'pids');
    const body = `sleep 300 & echo $! > ${pids}; sleep 300 & echo $! >> ${pids}; wait`;
    const script = `require(${JSON.stringify(join(__dirname, 'run'))}).run('sh', ['-c', ${JSON.stringify(body)}])`;
    const workspace = join(__dirname, '../../..');
    const parent = spawn(process.execPath, ['-r', '@swc-node/register', '-e', script], {
      cwd: workspace,
      env: { ...process.env, TS_NODE_PROJECT: join(workspace, 'tsconfig.base.json') },
      stdio: 'inherit',
    });
    const started = async () => (await readFile(pids, 'utf8').catch(() => '')).trim().split('\n').map(Number);
    while ((await started()).length < 2) await sleep(20);
    const children = await started();
    await sleep(1000);
    for (const child of children) expect(await alive(child)).toBe(true);
    parent.kill('SIGKILL');
    for (const child of children) {
      for (let i = 0; i < 200 && (await alive(child)); i++) await sleep(20);
      expect(await alive(child)).toBe(false);
    }
  });

  it('kills a program that ignores SIGTERM', async () => {
    const result = await run('sh', ['-c', 'trap "" TERM; echo; while :; do sleep 0.05; done'], {
      timeoutMs: 200,
      killAfterMs: 200,
    });
    expect(result).toMatchObject({ timedOut: true, exitCode: -1, signal: 'SIGKILL' });
  });
});
