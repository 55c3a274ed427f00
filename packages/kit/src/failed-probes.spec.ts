import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { forgetFailedProbes } from './failed-probes';

const folder = mkdtempSync(join(tmpdir(), 'nx-redox-probes-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('forgets what rustc could not answer, and nothing else', () => {
  forgetFailedProbes(join(folder, 'nowhere'));
  const file = join(folder, '.rustc_info.json');
  const write = (success: boolean) =>
    writeFileSync(file, JSON.stringify({ outputs: { 1: { success: true, stdout: '"' }, 2: { success, stdout: '' } } }));
  write(true);
  forgetFailedProbes(folder);
  expect(existsSync(file)).toBe(true);
  write(false);
  forgetFailedProbes(folder);
  expect(existsSync(file)).toBe(false);
});
