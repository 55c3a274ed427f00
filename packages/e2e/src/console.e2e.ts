import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTerminal } from './terminal';
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

  it.each(['false', 'true'])(
    'is a clean console in a terminal, with NX_TUI=%s',
    async (tui) => {
      const nx = join(workspace.root, 'node_modules/nx/dist/bin/nx.js');
      await using terminal = await openTerminal(`${process.execPath} ${nx} run mini:run`, {
        cwd: workspace.root,
        env: { ...process.env, NX_TUI: tui, NX_DAEMON: 'false', NX_TUI_SKIP_CAPABILITY_CHECK: 'true', CI: '' },
      });
      await terminal.shows(/mini> [ █]*(┃|$)/m);
      // In Nx's terminal UI the pane has to be made interactive first.
      if (tui === 'true') {
        terminal.type('i');
        await terminal.shows(/ INTERACTIVE/);
      }
      terminal.type('echo s"um"; exit\r');
      await terminal.shows(/init: boot complete/);
      // Once a key was pressed, Nx's terminal UI stays until it is left.
      if (tui === 'true') {
        await terminal.shows(/✔ +mini:run/);
        terminal.type('q');
      }
      expect(await terminal.ended, terminal.text()).toBe(0);
      const text = terminal.text();
      expect(text).toContain('Ctrl-A x leaves it');
      expect(text).toContain('Successfully ran target');
      // Lines are as the guest wrote them.
      if (tui === 'false') {
        expect(text).toMatch(/^kernel::arch::aarch64::start:INFO -- nx-redox mini starting\.\.\.$/m);
        expect(text).toMatch(/^mini> echo s"um"; exit\nsum$/m);
      }
    },
    PATIENCE,
  );
});
