#!/usr/bin/env node
// Draws docs/pictures/boot.svg, the picture of the README: what a terminal shows when one service was edited and
// mini is booted. Run it by hand when that output has changed: node tools/picture/picture.mjs
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { toSvg } from './svg.mjs';
import { runInTerminal } from './terminal.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const edited = join(root, 'recipes/mini/logd/src/main.rs');
const picture = join(root, 'docs/pictures/boot.svg');

const COMMAND = 'nx run mini:boot';
const COLUMNS = 100;
/** What Nx says about its cache after this line is no part of the story. */
const LAST_LINE = /Successfully ran target/;

/** The service says a word more, so that the image is another one and has to be booted. */
const EDIT = { from: 'logd: ready', to: 'logd: ready and edited' };
/** A frame of the animation with which Nx waits; it leaves one behind. */
const ANIMATION = /^\s*[\u2800-\u28ff]/;

const textOf = (row) => row.map(({ text }) => text).join('');

function fail(message) {
  process.stderr.write(`picture: ${message}\n`);
  process.exit(1);
}

const env = { ...process.env, NX_DAEMON: 'false', PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
// Everything else is built, so that the picture shows what an edit costs.
const before = spawnSync('nx', ['run', 'mini:boot'], { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
if (before.status !== 0) fail('mini does not boot: see nx run mini:boot');

const source = readFileSync(edited, 'utf8');
if (!source.includes(EDIT.from)) fail(`${edited} does not say "${EDIT.from}"`);
const restore = () => writeFileSync(edited, source);
process.once('SIGINT', () => {
  restore();
  process.exit(130);
});
let shown;
try {
  writeFileSync(edited, source.replace(EDIT.from, EDIT.to));
  shown = await runInTerminal(COMMAND, { columns: COLUMNS, cwd: root, env });
} finally {
  restore();
}
if (shown.code !== 0) fail(`${COMMAND} ended with exit code ${shown.code}`);

const end = shown.rows.findIndex((row) => LAST_LINE.test(textOf(row)));
if (end === -1) fail(`the output has no line like ${LAST_LINE}`);
const output = shown.rows.slice(0, end + 1).filter((row) => !ANIMATION.test(textOf(row)));
const blank = (row) => row === undefined || textOf(row).trim() === '';
const prompt = [
  { x: 0, text: '$ ', dim: true },
  { x: 2, text: COMMAND, bold: true },
];
const rows = [prompt, ...output].filter((row, index, all) => !blank(row) || !blank(all[index - 1]));
if (rows.some((row) => textOf(row).includes('local cache'))) fail('the boot was taken from the cache');
if (rows.some((row) => textOf(row).includes(root))) fail('the output names a folder of this machine');

mkdirSync(dirname(picture), { recursive: true });
writeFileSync(picture, toSvg(rows, { columns: COLUMNS, title: `${COMMAND}: mini boots after an edit of one service` }));
process.stdout.write(`${picture.slice(root.length + 1)}: ${rows.length} lines\n`);
