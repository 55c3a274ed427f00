import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redox } from '@nx-redox/redox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execSystem } from '../../exec';
import { parseExecOptions, type ExecInput } from '../../options';
import { guest, type Step } from '../../testing/guest';
import { qemusIn } from '../../testing/processes';

let root: string;
let printed: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-exec-'));
  printed = '';
});
afterEach(async () => {
  expect(await qemusIn(root)).toEqual([]);
  await rm(root, { recursive: true, force: true });
});

const options: ExecInput = {
  arch: 'aarch64',
  backend: 'llvm',
  system: 'toy',
  kernel: 'kernel.bin',
  append: 'shell',
  qemu: { machine: 'virt', cpu: 'cortex-a72', memory: 64 },
  guest: redox.guest,
  output: 'out',
  session: { user: 'me', password: 'secret', words: redox.login },
  fail: [{ pattern: 'KERNEL PANIC', cause: 'the kernel panicked' }],
  command: 'uname',
  timeout: 1,
  bootTimeout: 20,
};
const exec = async (steps: Step[], changes: Partial<ExecInput> = {}) => {
  await writeFile(join(root, 'kernel.bin'), guest(...steps));
  return execSystem({ ...options, ...changes }, { workspaceRoot: root, out: { write: (text) => (printed += text) } });
};

// A shell that answers is that of mini, in the end-to-end tests.
describe('a command that does not end', () => {
  it('is typed by who has logged in, and said to be late', async () => {
    const login: Step[] = [{ say: 'toy login: ' }, { echo: 3 }, { say: '\npassword: ' }, { echo: 7 }];
    const failed = exec([...login, { say: '\nme:~# ' }, { echo: 40 }, 'hang']);
    await expect(failed).rejects.toMatchObject({
      message: expect.stringMatching(/^the command did not end: stage "end of the command" did not come within 1 s/),
      file: 'out/serial.log',
    });
    expect(printed).toBe('');
    const log = await readFile(join(root, 'out/serial.log'), 'utf8');
    expect(log).toMatch(/^toy login: me\r?\npassword: secret\r?\nme:~# echo "nx-redox-""[0-9a-f]{12}-begin"; u/);
  });

  it('is not waited for in a system that does not come so far', async () => {
    const failed = exec([{ say: 'KERNEL PANIC: \x1b[31mno toaster\n' }, 'hang']);
    await expect(failed).rejects.toThrow('the command did not end: the kernel panicked\n    KERNEL PANIC: no toaster');
  });
});

describe('its options', () => {
  it.each([
    ['no command', { command: undefined }, /command/],
    ['two lines', { command: 'a\nb' }, /more than one line/],
    ['a broken prompt', { session: { words: { ...redox.login, prompt: '(' } } }, /^session\.words\.prompt: /],
  ])('with %s are refused', (_, change, message) => {
    expect(() => parseExecOptions({ ...options, ...change })).toThrow(message);
  });
});
