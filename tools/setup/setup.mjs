#!/usr/bin/env node
// Makes a fresh clone ready: npm packages, Debian packages, the toolchain. Node.js and Rust must be there. `setup.mjs uefi` also brings what boots
// from a disk need: firmware, and QEMU for x86_64.
// It runs before any npm package is installed, so it uses Node's own modules only.
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { lockStamp } from './lock-stamp.mjs';
import { requireRust } from './rust.mjs';
import { findToolchainArchive, toolchainIsReady } from './toolchain.mjs';
import { installPrograms, missingPrograms } from './programs.mjs';
import { fail, runStep } from './step.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 20)) {
    fail(`Node.js ${process.versions.node} is too old`, 'install Node.js 20.20 or newer');
  }
}

async function installNpmPackages() {
  const stamp = lockStamp(root);
  if (stamp.isCurrent()) return;
  await runStep('npm packages', 'npm', ['ci', '--no-fund', '--no-audit'], {
    cwd: root,
    advice: 'see the output above; `npm ci` in the workspace repeats this step',
  });
  stamp.write();
}

async function installToolchain() {
  const archive = findToolchainArchive();
  if (toolchainIsReady(root)) return;
  const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  // Nx shows a task's output only at its end unless it streams; without a package for the machine this takes half an hour.
  await runStep('Rust toolchain', process.execPath, [nx, 'run', 'toolchain:install', '--outputStyle=stream'], {
    cwd: root,
    env: archive ? { REDOX_TOOLCHAIN_ARCHIVE: archive } : {},
    inherit: true,
    advice: '`npx nx run toolchain:doctor` says what was found and what is missing',
  });
}

checkNode();
if (!toolchainIsReady(root)) requireRust(root);
const missing = missingPrograms(process.argv[2] === 'uefi');
if (missing.length > 0) await installPrograms(missing);
await installNpmPackages();
await installToolchain();
