import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, expect, it } from 'vitest';
import { hasRust, pinnedRust } from './rust.mjs';

const folder = mkdtempSync(join(tmpdir(), 'nx-redox-rust-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = (name, text) => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
};

it('wants the Rust that toolchain.toml names, or rustup', () => {
  const version = pinnedRust(resolve(import.meta.dirname, '../..'));
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const PATH = [folder, '/bin'].join(delimiter);
  expect(hasRust(version, { PATH: folder })).toBe(false);
  expect(hasRust(version, { PATH: folder, REDOX_RUST_STABLE: '/stable' })).toBe(true);
  program('rustc', 'echo "rustc 1.2.3 (abc 2015-01-01)"');
  expect(hasRust(version, { PATH })).toBe(false);
  program('rustc', `echo "rustc ${version} (abc 2026-01-01)"`);
  expect(hasRust(version, { PATH })).toBe(true);
  program('rustc', 'exit 1');
  program('rustup', 'exit 0');
  expect(hasRust(version, { PATH })).toBe(true);
  expect(process.env.PATH).not.toContain(folder);
});
