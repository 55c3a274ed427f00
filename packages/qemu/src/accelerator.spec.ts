import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accelerator } from './accelerator';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nx-redox-kvm-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('is hardware only for guests of the same architecture, where it may be used', async () => {
  const device = join(dir, 'kvm');
  const linux = { platform: 'linux', arch: 'x64' };
  expect(await accelerator('x86_64', linux, device)).toBe('tcg');
  await writeFile(device, '');
  expect(await accelerator('x86_64', linux, device)).toBe('kvm');
  expect(await accelerator('aarch64', linux, device)).toBe('tcg');
  expect(await accelerator('aarch64', { ...linux, arch: 'arm64' }, device)).toBe('kvm');
  expect(await accelerator('x86_64', { ...linux, platform: 'win32' }, device)).toBe('tcg');
  // root may open everything.
  if (process.getuid?.() !== 0) {
    await chmod(device, 0o400);
    expect(await accelerator('x86_64', linux, device)).toBe('tcg');
  }
});
