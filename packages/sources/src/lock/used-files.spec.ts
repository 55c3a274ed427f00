import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from '@nx-redox/recipe/parse';
import { digestOf, usedFiles, type UsedFiles } from './used-files';

type Files = Record<string, string>;

function used(recipeToml: string, files: Files, scripted: string[] = []): UsedFiles {
  const { recipe, diagnostics } = parseRecipe(recipeToml, 'recipe.toml');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return usedFiles(recipe!, 'logd', {
    files: new Map(
      Object.entries(files).map(([path, text]) => [
        path,
        { kind: '-' as const, hash: createHash('sha256').update(text).digest('hex') },
      ]),
    ),
    text: (path) => files[path],
    scripted: (path) => scripted.includes(path),
  });
}

const CARGO = '[source]\ngit = "https://example.org/x"\n[build]\ntemplate = "cargo"\n';
const crate = (name: string, dependencies = '') => `[package]\nname = "${name}"\nversion = "0.1.0"\n${dependencies}`;
const locked = (name: string, ...dependencies: string[]) =>
  `[[package]]\nname = "${name}"\nversion = "0.1.0"\ndependencies = [${dependencies.map((text) => `"${text}"`).join(', ')}]\n\n`;
const registry = (name: string, version: string) =>
  `[[package]]\nname = "${name}"\nversion = "${version}"\nsource = "registry+x"\nchecksum = "${version}"\n\n`;

const WORKSPACE: Files = {
  'Cargo.toml': '[workspace]\nmembers = ["logd", "netd", "lib"]\n[workspace.dependencies]\nlib = { path = "lib" }\n',
  'Cargo.lock': `${locked('logd', 'lib', 'log')}${locked('netd', 'lib', 'net')}${locked('lib')}${registry('log', '1.0.0')}${registry('net', '1.0.0')}`,
  'README.md': 'hello',
  '.cargo/config.toml': '[build]\n',
  'rust-toolchain.toml': '',
  'logd/Cargo.toml': crate('logd', '[dependencies]\nlib = { workspace = true }\n'),
  'logd/src/main.rs': 'fn main() {}',
  'logd/build.rs': '',
  'logd/fuzz/Cargo.toml': crate('logd-fuzz'),
  'logd/fuzz/src/main.rs': '',
  'netd/Cargo.toml': crate('netd', '[dependencies]\nlib = { path = "../lib" }\n'),
  'netd/src/main.rs': 'fn main() {}',
  'lib/Cargo.toml': crate('lib'),
  'lib/src/lib.rs': '',
};

describe('usedFiles', () => {
  const NX = `${CARGO}[nx]\nspec = "user"\n`;

  it.each([
    ['a file that is compiled in', 'include_str!("../../assets/m.txt")', ['assets/m.txt']],
    ['a module elsewhere, and what that names', '#[path = "../../share/p.rs"] mod p;', ['assets/m.txt', 'share/p.rs']],
    ['a folder that a macro reads', 'include_dir!("$CARGO_MANIFEST_DIR/../assets")', ['assets/m.txt', 'assets/n.txt']],
    ['nothing of a comment', '// "../../assets/m.txt"', []],
  ])('of a package are outside its folder %s', (_, code, expected) => {
    const files = {
      ...WORKSPACE,
      'assets/m.txt': 'one',
      'assets/n.txt': 'n',
      'share/p.rs': 'include_str!("../assets/m.txt")',
      'logd/src/main.rs': code,
    };
    const before = used(NX, files);
    const outside = [...before.files.keys()].filter((path) => /^(assets|share)\//.test(path)).sort();
    expect(outside).toEqual(expected);
    const moved = digestOf(used(NX, { ...files, 'assets/m.txt': 'two' })) !== digestOf(before);
    expect(moved).toBe(expected.includes('assets/m.txt'));
  });

  it('of a package are its folder, path dependencies, manifest, part of the lock and settings', () => {
    const { packages, files } = used(NX, WORKSPACE);
    expect(packages).toEqual(['logd']);
    expect([...files.keys()].sort()).toEqual([
      '.cargo/config.toml',
      'Cargo.lock',
      'Cargo.toml',
      'lib/Cargo.toml',
      'lib/src/lib.rs',
      'logd/Cargo.toml',
      'logd/build.rs',
      'logd/src/main.rs',
      'rust-toolchain.toml',
    ]);
  });

  it('finds the package by [nx] package, cargopackages and cargopath', () => {
    const names = (text: string) => used(text, WORKSPACE).packages;
    expect(names(`${CARGO}[nx]\npackage = "netd"\n`)).toEqual(['netd']);
    expect(names(`${CARGO}cargopackages = ["netd", "logd"]\n`)).toEqual(['logd', 'netd']);
    expect(names(`${CARGO}cargopath = "netd/"\n`)).toEqual(['netd']);
    expect(names(`${CARGO}cargopath = "netd"\n[nx]\nspec = "user"\n`)).toEqual(['logd']);
    expect([...used(`${CARGO}cargopath = "netd"\n`, WORKSPACE).files.keys()]).toContain('Cargo.lock');
  });

  it('are the whole tree where packages cannot be told', () => {
    const all = Object.keys(WORKSPACE).length;
    for (const text of [
      CARGO.replace('cargo', 'configure'),
      `${CARGO}cargopath = "nowhere"\n`,
      `${CARGO}cargopath = "../out"\n`,
      `${CARGO}cargopackages = ["nobody"]\n`,
      `${CARGO}cargopath = "logd"\n[nx]\nkind = "libc"\nspec = "user"\n`,
      `${CARGO}cargopackages = ["logd"]\ncargoexamples = ["demo"]\n`,
      // As the cookbook builds it: all members of the workspace.
      CARGO,
    ]) {
      const found = used(text, WORKSPACE);
      expect(found.packages).toBeUndefined();
      expect(found.files.size).toBe(all);
    }
  });

  it('include the linker script of each architecture', () => {
    const recipe = `${CARGO}cargopath = "logd"\n[nx]\nlinker-script = "../link/{arch}.ld"\n`;
    const files = { ...WORKSPACE, 'link/aarch64.ld': '', 'link/x86_64.ld': '', 'link/other.ld': '' };
    const found = [...used(recipe, files).files.keys()].filter((path) => path.startsWith('link/'));
    expect(found.sort()).toEqual(['link/aarch64.ld', 'link/x86_64.ld']);
  });

  it('change their digest exactly when something changes that counts', () => {
    const before = digestOf(used(NX, WORKSPACE));
    const after = (change: Files) => digestOf(used(NX, { ...WORKSPACE, ...change }));
    const lock = WORKSPACE['Cargo.lock']!;
    expect(after({ 'netd/src/main.rs': 'other' })).toBe(before);
    expect(after({ 'README.md': 'other' })).toBe(before);
    expect(after({ 'logd/fuzz/src/main.rs': 'other' })).toBe(before);
    expect(after({ 'Cargo.lock': lock.replaceAll('net"\nversion = "1.0.0"', 'net"\nversion = "2.0.0"') })).toBe(before);
    expect(after({ 'Cargo.toml': WORKSPACE['Cargo.toml']!.replace('"lib"]', '"lib", "more"]') })).toBe(before);
    expect(after({ 'logd/src/main.rs': 'other' })).not.toBe(before);
    expect(after({ 'logd/src/new.rs': '' })).not.toBe(before);
    expect(after({ 'lib/src/lib.rs': 'other' })).not.toBe(before);
    expect(after({ '.cargo/config.toml': 'other' })).not.toBe(before);
    expect(after({ 'Cargo.lock': lock.replaceAll('log"\nversion = "1.0.0"', 'log"\nversion = "2.0.0"') })).not.toBe(
      before,
    );
    expect(after({ 'Cargo.toml': `${WORKSPACE['Cargo.toml']}[profile.release]\nlto = true\n` })).not.toBe(before);
  });

  it('count whole if the script changes them', () => {
    const scripted = (change: Files) => digestOf(used(NX, { ...WORKSPACE, ...change }, ['Cargo.lock']));
    expect(scripted({ 'Cargo.lock': `${WORKSPACE['Cargo.lock']}# comment\n` })).not.toBe(scripted({}));
  });
});

describe('digestOf', () => {
  const files = fc.dictionary(
    fc.string({ minLength: 1 }).filter((path) => !path.includes('\0')),
    fc.stringMatching(/^[-xl][0-9a-f]{4}$/),
  );
  const digest = (entries: [string, string][]) => digestOf({ files: new Map(entries) });

  it('does not depend on the order, and is another one for other files', () => {
    fc.assert(
      fc.property(files, files, (a, b) => {
        const entries = Object.entries(a);
        expect(digest(entries.toReversed())).toBe(digest(entries));
        const same = JSON.stringify(entries.sort()) === JSON.stringify(Object.entries(b).sort());
        expect(digest(entries) === digest(Object.entries(b))).toBe(same);
      }),
    );
  });
});
