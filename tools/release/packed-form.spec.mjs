import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { setPlatform } from './packed-form.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-redox-packed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a manifest gets the machines that its package is for, nothing else, and is then as it was', () => {
  const ours = { os: ['linux'], cpu: ['x64'], templates: ['mini'], bundled: ['driver'] };
  const manifest = { name: 'a', 'nx-redox': ours };
  const file = join(folder, 'package.json');
  const before = `${JSON.stringify(manifest, null, 2)}\n`;
  writeFileSync(file, before);
  setPlatform(folder, ours);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ ...manifest, os: ['linux'], cpu: ['x64'] });
  setPlatform(folder);
  expect(readFileSync(file, 'utf8')).toBe(before);
});
