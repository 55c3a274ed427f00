import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { redox } from '@nx-redox/redox';

const WORKSPACE = resolve(__dirname, '../../../..');

/** A machine for the guests of tests, as options of an executor. */
export const TOY = {
  arch: 'aarch64',
  backend: 'llvm',
  system: 'toy',
  kernel: 'kernel.bin',
  qemu: { machine: 'virt', cpu: 'cortex-a72', memory: 64 },
  guest: redox.guest,
  output: 'out',
} as const;

/** Runs an executor in a process of its own, as Nx does. */
export function startExecutor(name: 'boot' | 'run', options: object, root: string) {
  const script = `
    const executor = require(${JSON.stringify(resolve(__dirname, `../executors/${name}/${name}.impl`))}).default;
    executor(${JSON.stringify(options)}, { root: ${JSON.stringify(root)} })
      .then(({ success }) => process.exit(success ? 0 : 1));`;
  const child = spawn(process.execPath, ['-r', '@swc-node/register', '-e', script], {
    cwd: WORKSPACE,
    env: { ...process.env, TS_NODE_PROJECT: join(WORKSPACE, 'tsconfig.base.json') },
    stdio: 'pipe',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  const says = async (text: string) => {
    while (!output.includes(text)) await sleep(10);
  };
  return { child, ended, says, output: () => output };
}
