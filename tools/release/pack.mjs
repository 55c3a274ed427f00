#!/usr/bin/env node
// Packs every public package as it would be published: `pack.mjs FOLDER` prints the archives' paths, one a line.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
const root = dirname(dirname(dirname(self)));

function packageJson(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/**
 * Packs the packages into an empty folder.
 *
 * @returns the folder of each package and the archive that was made of it.
 * @throws if npm or a package's prepack fails.
 */
export function packAll(target) {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const folders = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => packageJson(folder).private !== true);
  const workspaces = folders.map((folder) => `--workspace=packages/${basename(folder)}`);
  const output = execFileSync(
    'npm',
    ['pack', '--json', '--foreground-scripts=false', `--pack-destination=${target}`, ...workspaces],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 },
  );
  const packed = new Map(Object.values(JSON.parse(output)).map(({ name, filename }) => [name, filename]));
  return folders.map((folder) => ({ folder, tarball: join(target, packed.get(packageJson(folder).name)) }));
}

if (process.argv[1] === self) {
  for (const { tarball } of packAll(resolve(process.argv[2]))) process.stdout.write(`${tarball}\n`);
}
