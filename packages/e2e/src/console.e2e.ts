import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from './workspace';

const PATIENCE = 120_000;

describe('the shell of mini', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await createWorkspace();
  });
  afterAll(() => workspace?.remove());

  const exec = (command: string, ...more: string[]) =>
    workspace.nx(['run', 'mini:exec', `--command=${command}`, '--output-style=stream-without-prefixes', ...more]);

  it('runs a command and ends with its status', async () => {
    const good = await exec('echo "two  blanks" and one; cat /scheme/initfs/etc/init.rc');
    expect(good.exitCode, good.output).toBe(0);
    expect(good.stdout).toMatch(/^two {2}blanks and one\n# The boot of mini\./m);
    expect(good.stdout).not.toMatch(/Redox OS starting|mini> |nx-redox-[0-9a-f]/);
    const bad = await exec('no-such-program');
    expect(bad.exitCode, bad.output).toBe(1);
    expect(bad.output).toMatch(/shell: no such program: no-such-program[^]*exit status 127/);
  });

  it('says which command did not end', async () => {
    const late = await exec('"', '--timeout=2');
    expect(late.exitCode).toBe(1);
    expect(late.output).toMatch(/the command did not end: .*within 2 s[^]*--timeout=SECONDS/);
  });

  // `script` gives nx a terminal.
  it.each(['false', 'true'])(
    'is a clean console in a terminal, with NX_TUI=%s',
    async (tui) => {
      const nx = join(workspace.root, 'node_modules/nx/dist/bin/nx.js');
      const child = spawn(
        'script',
        ['-qefc', `stty cols 140 rows 40; ${process.execPath} ${nx} run mini:run`, '/dev/null'],
        {
          cwd: workspace.root,
          env: { ...process.env, NX_TUI: tui, NX_DAEMON: 'false', NX_TUI_SKIP_CAPABILITY_CHECK: 'true', CI: '' },
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      const says = async (text: string) => {
        for (const end = Date.now() + PATIENCE / 2; !output.includes(text);) {
          expect(Date.now(), output).toBeLessThan(end);
          await sleep(50);
        }
      };
      await says('mini> ');
      // In Nx's terminal UI the pane has to be made interactive first.
      child.stdin.write(tui === 'true' ? 'i' : '');
      await sleep(500);
      child.stdin.write('echo s"um"; exit\r');
      await says('init: boot complete');
      expect(await ended, output).toBe(0);
      expect(output).toContain('Ctrl-A x leaves it');
      expect(output).toContain('Successfully ran target');
      // Lines are as the guest wrote them.
      if (tui === 'false') {
        expect(output).toMatch(/^kernel::arch::aarch64::start:INFO -- nx-redox mini starting\.\.\.\r?$/m);
        expect(output).toMatch(/^mini> echo s"um"; exit\r?\nsum\r?$/m);
      }
    },
    PATIENCE,
  );
});
