import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '@nx-redox/kit';

const ROOT = join(__dirname, '..', '..', '..');
/** Another one finds other things: a number of your own, or of today. */
const SEED = process.env['REDOX_SOAK_SEED'] ?? '41';

/** `tools/soak/inputs.mjs` goes through hundreds. */
it(
  'gives the bytes of a clean build after an edit of each of five random workspaces, and nx affected names them',
  { timeout: 1_800_000 },
  async () => {
    const args = ['tools/soak/inputs.mjs', '--count=5', '--edits=1', `--seed=${SEED}`];
    const { exitCode, stdout, stderr } = await run(process.execPath, args, { cwd: ROOT });
    process.stdout.write(`REDOX_SOAK_SEED=${SEED}\n${stdout}`);
    expect(stdout).not.toContain('WRONG');
    expect(exitCode, stdout + stderr).toBe(0);
  },
);
