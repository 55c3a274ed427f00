#!/usr/bin/env node
// Before npm packs a package: what is packed is what the sources say now, or there is no package.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { bundle } from '../bundle/bundle.mjs';
import { missingFiles } from './package-files.mjs';
import { addTemplates, ownLicence, setPlatform } from './packed-form.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = process.cwd();
const name = relative(root, folder);

function fail(message, ...advice) {
  process.stderr.write(`\n${name}: ${message}\n${advice.map((line) => `  → ${line}\n`).join('')}`);
  process.exit(1);
}

function run(command, args, what) {
  // What npm tells its scripts (the workspace that is packed, a dry run) is not meant for these commands.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)));
  // npm reads what is on standard output as its own answer.
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(`${what} failed, so nothing is packed`);
}

/** Removes results whose sources are gone: the compiler leaves them. */
function sweep(dist) {
  const made = /(\.d\.ts|\.js\.map|\.js|\.json)$/;
  for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || !made.test(file.name)) continue;
    const path = join(file.parentPath, file.name);
    const source = join(folder, 'src', relative(dist, path));
    const isTest = /\.spec\.|[\\/]testing[\\/]/.test(path);
    const isThere = existsSync(file.name.endsWith('.json') ? source : source.replace(made, '.ts'));
    if (isTest || !isThere) rmSync(path);
  }
}

if (existsSync(join(folder, 'tsconfig.json'))) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  if (!existsSync(tsc)) run('npm', ['ci', '--no-fund', '--no-audit'], 'npm ci');
  run(process.execPath, [tsc, '--build', folder], 'compiling');
  sweep(join(folder, 'dist'));
  await bundle(folder, join(folder, 'dist'));
}
const missing = missingFiles(folder);
if (missing.length > 0) fail(`package.json names what is not there: ${missing.join(', ')}`);
const packageJson = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
if (!ownLicence(folder)) copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
const ours = packageJson['nx-redox'] ?? {};
addTemplates(root, folder, ours.templates);
setPlatform(folder, ours);
