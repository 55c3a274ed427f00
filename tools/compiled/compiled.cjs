'use strict';
// Executors and programs run in processes of their own, and each would load a compiler for TypeScript first: more than all else that
// a short task needs. So the packages of this clone are compiled once for each state of their sources.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { dirname, join, relative } = require('node:path');

const ROOT = join(__dirname, '../..');
const PACKAGES = join(ROOT, 'packages');
const BUNDLE = ['all.mjs', 'bundle.mjs'].map((name) => join(ROOT, 'tools/bundle', name));
/** One folder for each state of the sources. */
const HOME = join(ROOT, 'node_modules/.cache/nx-redox/compiled');
/** A command that still runs may have loaded an older state than the present one. */
const KEPT_MS = 24 * 3600 * 1000;

const isSource = (path) => !/\.spec\.ts$|\.d\.ts$|(^|\/)testing\//.test(path);

/** The files below a folder, relative to it, sorted. */
function filesOf(folder) {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

/** All packages but the tests of the whole. */
const packageNames = () => fs.readdirSync(PACKAGES).filter((name) => name !== 'e2e');

/** What is compiled or copied of each package. */
function sources() {
  return packageNames().flatMap((name) => {
    const folder = join(PACKAGES, name);
    const inFolder = (part) => (fs.existsSync(join(folder, part)) ? filesOf(join(folder, part)) : []);
    const paths = [
      'package.json',
      ...inFolder('bin').map((path) => `bin/${path}`),
      ...inFolder('src')
        .filter(isSource)
        .map((path) => `src/${path}`),
    ];
    return paths.map((path) => ({ name, path, content: fs.readFileSync(join(folder, path)) }));
  });
}

function keyOf(files) {
  const hash = createHash('sha256');
  for (const tool of [__filename, ...BUNDLE]) hash.update(fs.readFileSync(tool));
  // Bundles hold packages of others, too.
  hash.update(fs.readFileSync(join(ROOT, 'node_modules/.package-lock.json')));
  for (const { name, path, content } of files) hash.update(`\0${name}/${path}\0${content.length}\0`).update(content);
  return hash.digest('hex').slice(0, 16);
}

/** As tsc does it by tsconfig.base.json, but for types. */
function compile(file, text) {
  const { code } = require('@swc/core').transformSync(text, {
    filename: file,
    configFile: false,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    // import() finds the names of a CommonJS module by these annotations.
    module: { type: 'commonjs', ignoreDynamic: true, exportInteropAnnotation: true },
  });
  return code;
}

function write(path, content) {
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.writeFileSync(path, content);
}

function build(files, folder) {
  for (const { name, path, content } of files) {
    const to = (place) => join(folder, 'packages', name, place);
    const dist = path.replace(/^src\//, 'dist/');
    write(to(path), content);
    if (path.startsWith('src/') && path.endsWith('.ts')) {
      write(to(dist.replace(/ts$/, 'js')), compile(join(PACKAGES, name, path), content.toString('utf8')));
    }
    // tsc puts those beside what imports them.
    if (path.endsWith('.json')) write(to(dist), content);
  }
  const made = new Set(['src', 'bin', 'dist', 'package.json']);
  for (const name of packageNames()) {
    const to = join(folder, 'packages', name);
    for (const entry of fs.readdirSync(join(PACKAGES, name)).filter((entry) => !made.has(entry))) {
      fs.symlinkSync(relative(fs.realpathSync(to), join(PACKAGES, name, entry)), join(to, entry));
    }
    const link = join(folder, 'node_modules', JSON.parse(fs.readFileSync(join(to, 'package.json'), 'utf8')).name);
    fs.mkdirSync(dirname(link), { recursive: true });
    fs.symlinkSync(relative(dirname(link), to), link);
  }
  const { status } = spawnSync(process.execPath, [BUNDLE[0], join(folder, 'packages')], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the executors cannot be bundled');
}

/** Removes states that nobody has used for a day. */
function forget() {
  for (const name of fs.readdirSync(HOME)) {
    const found = fs.statSync(join(HOME, name), { throwIfNoEntry: false });
    if (found && Date.now() - found.mtimeMs > KEPT_MS) fs.rmSync(join(HOME, name), { recursive: true, force: true });
  }
}

let known;

/** The folder that holds `packages` as compiled from the present sources. */
exports.compiled = () => {
  if (known !== undefined) return known;
  const files = sources();
  const folder = join(HOME, keyOf(files));
  if (fs.existsSync(folder)) {
    // It counts as new.
    const now = new Date();
    fs.utimesSync(folder, now, now);
  } else {
    const temporary = `${folder}.${process.pid}`;
    try {
      build(files, temporary);
      fs.renameSync(temporary, folder);
    } catch (error) {
      fs.rmSync(temporary, { recursive: true, force: true });
      // Another process was faster.
      if (!fs.existsSync(folder)) throw error;
    }
    forget();
  }
  return (known = folder);
};
