import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runVitest } from './run-vitest.mjs';

const folder = mkdtempSync(join(tmpdir(), 'nx-redox-running-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('names a file that takes long, and no other', () => {
  writeFileSync(join(folder, 'quick.spec.mjs'), "import { it } from 'vitest'; it('is quick', () => undefined);\n");
  writeFileSync(
    join(folder, 'slow.spec.mjs'),
    `import { it } from 'vitest'; it('is slow', () => new Promise((done) => setTimeout(done, 2000)));\n`,
  );
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `import StillRunning from ${JSON.stringify(join(import.meta.dirname, 'still-running.mjs'))};
     export default { test: { include: ['*.spec.mjs'], reporters: [new StillRunning({ after: 300, every: 100 })] } };`,
  );
  const { status, stderr, stdout } = runVitest(folder);
  expect(status, stdout + stderr).toBe(0);
  const named = new Set(stderr.split('\n').filter(Boolean));
  expect(
    [...named].every((line) => /^still running after \d+ s: slow\.spec\.mjs$/.test(line)),
    stderr,
  ).toBe(true);
  expect(named.size).toBeGreaterThan(0);
}, 60_000);
