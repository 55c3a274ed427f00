#!/usr/bin/env node
// Makes the archive of this package again, from rustc's source release: what the provider `source` does, into this folder.
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const dist = join(here, '../toolchain/dist');
const { buildFromSource, builtArchive } = require(join(dist, 'source/build.js'));
const { sha256File } = require(join(dist, 'download.js'));
const { findStable } = require(join(dist, 'stable.js'));
const { toolchainHome } = require(join(dist, 'home.js'));
const { visibleWork } = require(join(dist, 'work.js'));

const work = visibleWork();
const home = toolchainHome();
const stable = await findStable(undefined, work);
const built = (await builtArchive(home)) ?? (await buildFromSource(home, stable, process.env.REDOX_RUSTC_SOURCE, work));
// Without the key of the build: the name says what it is, the pinned hash says which.
const archive = join(here, basename(built).replace(/-[0-9a-f]{16}\.tar\.xz$/, '.tar.xz'));
for (const name of readdirSync(here)) if (name.endsWith('.tar.xz')) rmSync(join(here, name));
copyFileSync(built, archive);
process.stdout.write(
  `${archive}\nSHA-256 ${await sha256File(archive)}\nPin it in packages/toolchain/src/pins.ts and in README.md.\n`,
);
