import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
let root;

function write(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** What the program of package `a` prints. */
function printed() {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, 'packages/a/bin/a.js')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

const states = () => readdirSync(join(root, 'node_modules/.cache/nx-redox/compiled'));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-redox-compiled-'));
  mkdirSync(join(root, 'node_modules/@x'), { recursive: true });
  for (const name of ['@swc', '@esbuild', 'esbuild', '.package-lock.json'])
    symlinkSync(join(ROOT, 'node_modules', name), join(root, 'node_modules', name));
  for (const name of ['bundle', 'compiled'])
    cpSync(join(ROOT, 'tools', name), join(root, 'tools', name), { recursive: true });
  cpSync(join(ROOT, 'packages/kit/bin/program.js'), join(root, 'packages/kit/bin/program.js'));
  write('packages/kit/package.json', '{"name":"@x/kit"}');
  write('packages/a/package.json', '{"name":"@x/a"}');
  write('packages/a/assets/text', 'text');
  write(
    'packages/a/bin/a.js',
    "console.log(require('../../kit/bin/program').loadProgram(__dirname, 'deep/main').word());",
  );
  write(
    'packages/a/src/deep/main.ts',
    `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { word as other } from '@x/b';
import data from '../data.json';
export const word = (): string =>
  [other(), data.word, readFileSync(join(__dirname, '../../assets/text'), 'utf8')].join(' ');
`,
  );
  write('packages/a/src/data.json', '{"word":"data"}');
  write('packages/a/src/index.ts', 'export {};\n');
  write('packages/a/src/main.spec.ts', 'this is no TypeScript');
  write('packages/b/package.json', '{"name":"@x/b","main":"./dist/index.js"}');
  write('packages/b/src/index.ts', "export const word = (): string => 'one';\n");
  // What somebody compiled before.
  write('packages/b/dist/index.js', "exports.word = () => 'old';");
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a program in a clone', () => {
  it('runs the present sources, with what else its package has, compiled once', () => {
    expect(printed()).toBe('one data text');
    expect(printed()).toBe('one data text');
    expect(states()).toHaveLength(1);
    expect(existsSync(join(root, 'packages/a/dist'))).toBe(false);
  });

  it('sees an edit of a package that it uses, and one that is taken back', () => {
    printed();
    write('packages/b/src/index.ts', "export const word = (): string => 'two';\n");
    expect(printed()).toBe('two data text');
    write('packages/b/src/index.ts', "export const word = (): string => 'one';\n");
    expect(printed()).toBe('one data text');
    expect(states()).toHaveLength(2);
  });

  it('forgets states that nobody has used for a day', () => {
    printed();
    const [old] = states();
    write('packages/b/src/index.ts', "export const word = (): string => 'two';\n");
    printed();
    expect(states()).toHaveLength(2);
    utimesSync(join(root, 'node_modules/.cache/nx-redox/compiled', old), 1, 1);
    write('packages/b/src/index.ts', "export const word = (): string => 'three';\n");
    expect(printed()).toBe('three data text');
    expect(states()).toHaveLength(2);
    expect(states()).not.toContain(old);
  });

  it('leaves nothing behind if a source is no TypeScript', () => {
    write('packages/b/src/index.ts', 'export const = ;\n');
    expect(printed).toThrow();
    write('packages/b/src/index.ts', "export const word = (): string => 'right';\n");
    expect(printed()).toBe('right data text');
    expect(states()).toHaveLength(1);
  });

  it('has its names for import(), too', () => {
    write('packages/b/src/more.ts', "export const word = () => 'one';\nexport const other = () => 'two';\n");
    write('packages/b/src/index.ts', "export { other, word } from './more';\n");
    expect(printed()).toBe('one data text');
    const b = join(root, 'node_modules/.cache/nx-redox/compiled', states()[0], 'packages/b/dist/index.js');
    const script = `import(${JSON.stringify(b)}).then(({ other, word }) => console.log(word(), other()))`;
    expect(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout).toBe('one two\n');
  });
});

it('every executor of this clone can be loaded', () => {
  const script = `const { compiled } = require('./tools/compiled/compiled.cjs');
const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const packages = join(compiled(), 'packages');
const bundles = readdirSync(packages).map((name) => join(packages, name, 'dist/modules.bundle.js')).filter(existsSync);
const loaded = bundles.flatMap((bundle) => Object.values(require(bundle)).map((load) => load()));
console.log(loaded.length, loaded.every((module) => typeof module.default === 'function'));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^(2\d|[3-9]\d) true\n$/);
});
