import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '@nx-redox/kit';

const ROOT = join(__dirname, '..', '..', '..');

/** `tools/soak/inputs.mjs` goes through hundreds; the ways in which these read files are all different ones. */
it(
  'gives the bytes of a clean build after each edit of a few random workspaces, and nx affected names them',
  { timeout: 900_000 },
  async () => {
    const args = ['tools/soak/inputs.mjs', '--count=3', '--edits=1', '--seed=48'];
    const { exitCode, stdout, stderr } = await run(process.execPath, args, { cwd: ROOT });
    expect(stdout).not.toContain('WRONG');
    expect(exitCode, stdout + stderr).toBe(0);
  },
);
