import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, expect, it } from 'vitest';
import { refusal } from './needs-toolchain.mjs';
import { runVitest } from './run-vitest.mjs';

const folder = mkdtempSync(join(tmpdir(), 'nx-redox-needs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('wants a toolchain in CI, and one that is there', () => {
  const location = join(folder, 'location.json');
  expect(refusal({ CI: 'true' }, location)).toContain('there is no toolchain');
  expect(refusal({}, location)).toBeUndefined();
  expect(refusal({ CI: 'true', REDOX_TESTS_WITHOUT_TOOLCHAIN: '1' }, location)).toBeUndefined();
  writeFileSync(location, JSON.stringify({ rustc: join(folder, 'gone') }));
  expect(refusal({ CI: 'true' }, location)).toContain('there is no toolchain');
  writeFileSync(location, JSON.stringify({ rustc: process.execPath }));
  expect(refusal({ CI: 'true' }, location)).toBeUndefined();
});

it('ends vitest with an error there', () => {
  // A project whose only file passes, with this set-up and without a toolchain.
  writeFileSync(join(folder, 'passes.spec.mjs'), "import { it } from 'vitest'; it('passes', () => undefined);\n");
  const setup = join(folder, 'setup.mjs');
  writeFileSync(
    setup,
    `import { refusal } from ${JSON.stringify(join(import.meta.dirname, 'needs-toolchain.mjs'))};
     export default () => { const reason = refusal(process.env, '/nowhere'); if (reason) throw new Error(reason); };`,
  );
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `export default { test: { include: ['*.spec.mjs'], globalSetup: [${JSON.stringify(setup)}] } };`,
  );
  const inCi = runVitest(folder, { CI: 'true' });
  expect(inCi.status, inCi.stdout + inCi.stderr).not.toBe(0);
  expect(inCi.stdout + inCi.stderr).toContain('there is no toolchain');
});
