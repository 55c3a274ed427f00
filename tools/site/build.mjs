#!/usr/bin/env node
// Builds the website of the documentation into dist/site, and looks for links that lead nowhere.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { installApart } from '../setup/apart.mjs';
import { checkSite } from './links.mjs';
import { writePages } from './pages.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(folder));
const site = join(root, 'dist/site');

installApart(folder);
try {
  writePages(root, join(folder, 'dist/pages'));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
// Builds it, and fails for links between pages that lead nowhere; places in pages are for us.
const { status } = spawnSync(
  process.execPath,
  [join(folder, 'node_modules/vitepress/bin/vitepress.js'), 'build', folder],
  {
    cwd: folder,
    stdio: 'inherit',
  },
);
if (status !== 0) process.exit(1);
const { pages, dead } = checkSite(site);
process.stdout.write(`${pages} pages in ${site}\n`);
for (const line of dead) process.stderr.write(`${line}\n`);
process.exit(dead.length === 0 ? 0 : 1);
