#!/usr/bin/env node
// How long an edit of one daemon in a checkout of the cookbook takes until the system has booted to a shell: `nx run
// minimal:boot` against the same by hand (the recipe's own script, the program that writes disks, QEMU), in turn.
// `--times=N` rounds, 3 by default. The checkout is a copy of recipes/cookbook with installed packages; compile before (`npx tsc -b`).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import process from 'node:process';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { installPackages, ROOT as root } from './installed.mjs';

process.env.TS_NODE_PROJECT = join(root, 'tsconfig.base.json');
const require = createRequire(import.meta.url);
require('@swc-node/register');
const { createCheckout } = require('../../packages/e2e/src/checkout.ts');
const { formatTable } = require('../../packages/kit/src/index.ts');
const { toolchainHome } = require('../../packages/toolchain/src/index.ts');

const { values } = parseArgs({ options: { times: { type: 'string', default: '3' } } });
const scratch = fs.mkdtempSync(join(tmpdir(), 'bench-checkout-edit-'));
const checkout = join(scratch, 'redox');
const seen = join(scratch, 'seen');
const bin = join(scratch, 'bin');
const home = join(scratch, 'home');
for (const folder of [checkout, seen, bin, join(home, 'tools')]) fs.mkdirSync(folder, { recursive: true });

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
function writeProgram(file, text) {
  fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** Recipes that are built of the edited source: base, and check by `same_as`. */
const EDITED = ['base', 'check'];

/** Notes how Nx calls the scripts of those, and with what it calls the program that writes disks. */
function watchPrograms() {
  const bash = spawnSync('sh', ['-c', 'command -v bash'], { encoding: 'utf8' }).stdout.trim();
  for (const recipe of EDITED) fs.mkdirSync(join(seen, recipe));
  writeProgram(
    join(bin, 'bash'),
    `recipe=$(basename "$(dirname "$NX_REDOX_SCRIPT")"); to=${quoted(seen)}/$recipe
case $recipe in ${EDITED.join('|')}) pwd > "$to/pwd"; printf '%s\\0' "$@" > "$to/args"; env -0 > "$to/env";; esac
exec ${bash} "$@"`,
  );
  const real = toolchainHome().root;
  for (const name of fs.readdirSync(real)) if (name !== 'tools') fs.symlinkSync(join(real, name), join(home, name));
  for (const name of fs.readdirSync(join(real, 'tools')).filter((name) => /^redox-image-/.test(name))) {
    fs.mkdirSync(join(home, 'tools', name));
    const program = quoted(join(real, 'tools', name, 'redox-image'));
    const [manifest, called] = ['manifest.json', 'program'].map((file) => quoted(join(seen, file)));
    writeProgram(
      join(home, 'tools', name, 'redox-image'),
      `cat > ${manifest}; printf %s ${program} > ${called}; exec ${program} "$@" < ${manifest}`,
    );
  }
}

/** The toolchain's home of the next `nx`. */
let nxHome = toolchainHome().root;

function nx(...args) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(checkout, 'node_modules/nx/dist/bin/nx.js'), ...args],
    {
      cwd: checkout,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: {
        ...process.env,
        NX_DAEMON: 'false',
        NX_TUI: 'false',
        REDOX_TOOLCHAIN_HOME: nxHome,
        PATH: `${bin}${delimiter}${process.env.PATH}`,
      },
    },
  );
  if (status !== 0) throw new Error(`nx ${args.join(' ')}:\n${stdout.slice(-4000)}${stderr.slice(-4000)}`);
  return stdout;
}

const DAEMON = 'logd/src/main.rs';
let edits = 0;
/** What logd says changes, and so its bytes do: after a comment the disk would come from the cache. */
function edit(source) {
  const file = join(source, DAEMON);
  const text = fs.readFileSync(file, 'utf8');
  const edited = text.replace(/"logd: ready[ \d]*/, `"logd: ready ${++edits}`);
  if (edited === text) throw new Error(`${file} no longer says that logd is ready`);
  fs.writeFileSync(file, edited);
}

function byNx() {
  edit(join(checkout, 'recipes/core/base/source'));
  const output = nx('run', 'minimal:boot');
  const { stages } = JSON.parse(fs.readFileSync(report, 'utf8'));
  if (!/passed: \d+ of \d+ stages/.test(output)) throw new Error(output.slice(-2000));
  return { boot: stages.at(-1).seconds };
}

/** A recipe's script again, as it is, on its edited source. */
function runScript(recipe) {
  edit(join(works, recipe, 'source'));
  const list = (name) =>
    fs
      .readFileSync(join(seen, recipe, name), 'utf8')
      .split('\0')
      .slice(0, -1);
  const env = Object.fromEntries(
    list('env').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  const cwd = fs.readFileSync(join(seen, recipe, 'pwd'), 'utf8').trim();
  const built = spawnSync('bash', list('args'), { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (built.status !== 0) throw new Error(built.stdout.slice(-2000) + built.stderr.slice(-2000));
}

const works = join(checkout, '.nx-redox/work/aarch64-cranelift');

/** The scripts again; the disk with its new initfs; and somebody who logs in. */
async function byHand() {
  EDITED.forEach(runScript);
  const manifest = JSON.parse(fs.readFileSync(join(seen, 'manifest.json'), 'utf8'));
  manifest.disk = join(scratch, 'disk.img');
  fs.rmSync(manifest.disk, { force: true });
  for (const node of manifest.redoxfs.nodes) {
    if (basename(node.path) !== 'initfs') continue;
    const source = join(works, 'base/stage/usr/lib/boot/initfs');
    node.content = [{ source }];
    node.digest = createHash('blake2b512').update(fs.readFileSync(source)).digest('hex');
  }
  const written = spawnSync(fs.readFileSync(join(seen, 'program'), 'utf8'), ['write'], {
    input: JSON.stringify(manifest),
    encoding: 'utf8',
  });
  if (written.status !== 0 || /"need"/.test(written.stdout)) throw new Error(written.stdout + written.stderr);
  return { boot: await login(manifest.disk) };
}

/** Boots a disk, logs in, and ends QEMU when the shell has answered. @returns seconds. */
function login(disk) {
  const [program, ...args] = JSON.parse(fs.readFileSync(report, 'utf8')).command;
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const qemu = spawn(
      program,
      args.map((arg) => arg.replace(/file=[^,]*disk\.img/, `file=${disk}`)),
      { cwd: checkout },
    );
    const dialogue = [
      [/login: $/, 'root\n'],
      [/password: $/, 'password\n'],
      [/:\/root# $/, 'echo nx-redox"-shell"\n'],
      [/^nx-redox-shell/m, undefined],
    ];
    let text = '';
    qemu.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk.replaceAll('\r', '');
      const [pattern, answer] = dialogue[0] ?? [];
      if (!pattern?.test(stripVTControlCharacters(text))) return;
      dialogue.shift();
      text = '';
      if (answer === undefined) qemu.kill();
      else qemu.stdin.write(answer);
    });
    qemu.on('close', () =>
      dialogue.length === 0 ? resolve((performance.now() - start) / 1000) : reject(new Error(text)),
    );
  });
}

const report = join(checkout, 'dist/aarch64/cranelift/minimal/boot/report.json');
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
try {
  await createCheckout(checkout);
  fs.rmSync(join(checkout, 'node_modules'));
  await installPackages(checkout);
  // Its own, not a link to this repository's: the toolchain gets another home below.
  const toolchain = join(checkout, 'dist/toolchain');
  fs.rmSync(toolchain);
  fs.cpSync(join(root, 'dist/toolchain'), toolchain, { recursive: true });
  // The program that writes disks is there after this.
  nx('run', 'minimal:image');
  watchPrograms();
  nxHome = home;
  edit(join(checkout, 'recipes/core/base/source'));
  nx('run', 'minimal:boot');
  byNx();
  await byHand();
  const rows = { nx: [], hand: [] };
  for (let round = 0; round < Number(values.times); round++) {
    for (const [name, run] of [
      ['nx', byNx],
      ['hand', byHand],
    ]) {
      const start = performance.now();
      const { boot } = await run();
      rows[name].push({ all: (performance.now() - start) / 1000, boot });
    }
  }
  const line = (name) => {
    const [all, boot] = ['all', 'boot'].map((key) => median(rows[name].map((row) => row[key])));
    return [name, all.toFixed(1), boot.toFixed(1), (all - boot).toFixed(1)];
  };
  const table = [['', 'seconds', 'of that the boot', 'the rest'], line('nx'), line('hand')];
  const ratio = median(rows.nx.map(({ all }) => all)) / median(rows.hand.map(({ all }) => all));
  process.stdout.write(`${formatTable(table)}ratio ${ratio.toFixed(2)} (limit 1.3); load ${loadavg()[0].toFixed(1)}\n`);
  process.exitCode = ratio <= 1.3 ? 0 : 1;
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
