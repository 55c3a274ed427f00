import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { onPath } from './programs.mjs';
import { fail } from './step.mjs';

/** The version of Rust that the workspace is built with. */
export function pinnedRust(root) {
  const text = readFileSync(join(root, 'recipes', 'toolchain', 'toolchain.toml'), 'utf8');
  return /^rust = "([\d.]+)"$/m.exec(text)?.[1];
}

/** Whether the Rust that toolchains are completed with is there, or can be had from rustup. */
export function hasRust(version, env = process.env) {
  if (env.REDOX_TOOLCHAIN || env.REDOX_RUST_STABLE || onPath('rustup', env)) return true;
  const { stdout } = spawnSync('rustc', ['--version'], { encoding: 'utf8', env });
  return stdout?.startsWith(`rustc ${version} `) === true;
}

/** Ends the setup, before it has installed anything, if there is no Rust. */
export function requireRust(root) {
  const version = pinnedRust(root);
  if (hasRust(version)) return;
  fail(
    `Rust ${version} is needed, and neither rustup nor this version of rustc is on PATH`,
    'install rustup (https://rustup.rs); the setup gets the version through it',
    `or unpack the official release of Rust ${version} anywhere and set REDOX_RUST_STABLE to its folder (the one with bin/rustc)`,
  );
}
