import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCargoLock } from '@nx-redox/cargo-read';
import { formatError } from '@nx-redox/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Builder } from './build';
import type { BuildExecutorOptions } from './executors/build/options';
import { unexpectedChanges } from './patched-cargo-lock';
import { buildTask } from './testing/tasks';
import {
  hasToolchain,
  makeTinyWorkspace,
  testToolchain,
  tinyOptions,
  type TinyWorkspace,
} from './testing/tiny-workspace';

const lockOf = (text: string) => parseCargoLock(`version = 4\n${text}`, 'Cargo.lock').lock!;
const REGISTRY = 'registry+https://github.com/rust-lang/crates.io-index';
const entry = (name: string, version: string, dependencies: string[] = [], source: string | undefined = REGISTRY) =>
  `[[package]]\nname = "${name}"\nversion = "${version}"\n${source ? `source = "${source}"\n` : ''}dependencies = ${JSON.stringify(dependencies)}\n`;

describe('unexpectedChanges', () => {
  const patches = [{ source: 'https://example.org/rt.git', crate: 'rt', path: '/w/rt' }];
  const git = 'git+https://example.org/rt.git#0123';
  const old = lockOf(
    [
      entry('app', '0.1.0', ['rt', 'log', 'syn'], ''),
      entry('rt', '0.1.0', ['goblin'], git),
      entry('goblin', '0.7.1'),
      entry('log', '0.4.1', ['value']),
      entry('syn', '2.0.0'),
      entry('value', '1.0.0'),
    ].join(''),
  );
  const patched = (...others: string[]) =>
    lockOf([entry('app', '0.1.0', ['rt', 'log', 'syn'], ''), entry('rt', '0.2.0', ['goblin'], ''), ...others].join(''));
  const rest = [entry('log', '0.4.1', ['value']), entry('syn', '2.0.0'), entry('value', '1.0.0')];

  it('lets the patched crate need others, if a lock file names them', () => {
    const now = patched(entry('goblin', '0.10.5'), ...rest);
    expect(unexpectedChanges(old, now, patches, [lockOf(entry('goblin', '0.10.5'))])).toEqual([]);
    expect(unexpectedChanges(old, now, patches, [])).toEqual(['goblin 0.10.5 would be new']);
  });

  it('lets crates go, and edges with them', () => {
    expect(unexpectedChanges(old, patched(entry('log', '0.4.1'), entry('syn', '2.0.0')), patches, [])).toEqual([]);
  });

  it('names a crate that would use another version', () => {
    const twice = [entry('value', '1.0.0'), entry('value', '1.2.0'), entry('syn', '2.0.0')];
    const now = patched(entry('log', '0.4.1', ['value 1.2.0']), ...twice);
    expect(unexpectedChanges(old, now, patches, [lockOf(entry('value', '1.2.0'))])).toEqual([
      'log 0.4.1 would depend on value 1.2.0 instead of value 1.0.0',
    ]);
  });
});

const URL = 'https://relay.invalid/rt.git';
const COMMIT = '0123456789012345678901234567890123456789';
const HEAD = '#![no_core]\n#![feature(no_core)]\n#![allow(internal_features)]\n';
const manifest = (name: string, dependencies: string, version = '0.1.0') =>
  `[package]\nname = "${name}"\nversion = "${version}"\nedition = "2024"\n[dependencies]\n${dependencies}`;
const program = (crate: string) => `#![no_main]\n${HEAD}extern crate nucleus;
#[allow(unused_imports)] use nucleus::*;
#[unsafe(no_mangle)] pub extern "C" fn _start(x: u64) -> u64 { loop { ${crate}::turn(x); } }
`;
const library = (factor: number) => `${HEAD}#![deny(unused_variables)]
extern crate nucleus;
#[allow(unused_imports)] use nucleus::*;
pub fn turn(x: u64) -> u64 { step(${factor}) }
`;

/** A Cargo workspace with dependencies in git repositories that nobody can reach. */
const FILES: Record<string, string> = {
  'recipes/base/source/Cargo.toml': `
[workspace]
members = ["near", "remote"]
resolver = "2"
[workspace.dependencies]
nucleus = { path = "../../tiny/nucleus" }
`,
  'recipes/base/source/Cargo.lock': `version = 4
${entry('far', '0.3.0', ['nucleus'], `git+https://far.invalid/far.git#${COMMIT}`)}
${entry('gone', '0.3.0', ['nucleus'], `git+https://gone.invalid/gone.git#${COMMIT}`)}
${entry('near', '0.1.0', ['nucleus', 'rt'], '')}
${entry('nucleus', '0.3.1', [], '')}
${entry('remote', '0.1.0', ['far', 'gone', 'nucleus'], '')}
${entry('rt', '0.1.0', ['nucleus'], `git+${URL}#${COMMIT}`)}
`,
  'recipes/base/source/near/Cargo.toml': manifest('near', `nucleus.workspace = true\nrt = { git = "${URL}" }\n`),
  'recipes/base/source/near/src/main.rs': program('rt'),
  'recipes/base/source/remote/Cargo.toml': manifest(
    'remote',
    'nucleus.workspace = true\nfar = { git = "https://far.invalid/far.git" }\ngone = { git = "https://gone.invalid/gone.git" }\n',
  ),
  'recipes/base/source/remote/src/main.rs': program('far'),
  'recipes/rt/source/Cargo.toml': manifest('rt', 'nucleus = { path = "../../tiny/nucleus" }\n'),
  'recipes/rt/source/src/lib.rs': library(5),
};

// Real cargo and rustc; nothing of this needs the network.
describe.skipIf(!hasToolchain())('patches, with a real toolchain', () => {
  let workspace: TinyWorkspace;
  beforeAll(async () => {
    workspace = await makeTinyWorkspace(await testToolchain());
    for (const [path, text] of Object.entries(FILES)) await workspace.write(path, text);
  });
  afterAll(() => workspace?.remove());

  const near: Partial<BuildExecutorOptions> = {
    manifestPath: 'recipes/base/source/near/Cargo.toml',
    patches: [{ source: URL, crate: 'rt', path: 'recipes/rt/source' }],
  };
  async function build(name: string, more: Partial<BuildExecutorOptions>, env: Record<string, string> = {}) {
    const lines: string[] = [];
    const builder = new Builder({
      env: { ...process.env, CARGO_HOME: join(workspace.root, 'cargo-home'), CARGO_NET_RETRY: '0', ...env },
    });
    const task = await builder.prepare(buildTask(tinyOptions(name, 'cranelift', more), name, workspace.root));
    const artifact = await builder.build(task, {
      progress: (line) => lines.push(line),
      text: (text) => lines.push(text),
    });
    return { task, artifact, lines };
  }
  const failure = (...args: Parameters<typeof build>) =>
    build(...args).then(() => expect.unreachable('the build should have failed'), formatError);
  const filesOf = async (path: string) => (await readdir(join(workspace.root, path), { recursive: true })).sort();

  it('take the place of a crate, without the members that need other repositories, and leave the source alone', async () => {
    const before = await filesOf('recipes/base/source');
    const { task, artifact, lines } = await build('near', near);
    expect(artifact.crates).toEqual([
      { name: 'near', version: '0.1.0', backend: 'cranelift' },
      { name: 'nucleus', version: '0.3.1', backend: 'cranelift' },
      { name: 'rt', version: '0.1.0', backend: 'cranelift' },
    ]);
    // What its author denies himself is a warning here.
    expect(lines.join('')).toMatch(/warning.*: unused variable: `x`\n +--> recipes\/rt\/source\/src\/lib\.rs:/);
    expect(await filesOf('recipes/base/source')).toEqual(before);
    expect((await workspace.read('recipes/base/source/Cargo.lock')).toString()).toBe(
      FILES['recipes/base/source/Cargo.lock'],
    );
    expect(
      lockOf(
        (await workspace.read(task.lockFile!.slice(workspace.root.length + 1))).toString().replace(/^version.*/m, ''),
      ).packages,
    ).toMatchObject([{ name: 'near' }, { name: 'nucleus' }, { name: 'rt' }]);
  });

  it('show messages with names of the source', async () => {
    const main = 'recipes/base/source/near/src/main.rs';
    await workspace.write(main, FILES[main]!.replace('rt::turn(x)', 'rt::turn(wrong)'));
    const lines: string[] = [];
    const builder = new Builder({ env: { ...process.env, CARGO_HOME: join(workspace.root, 'cargo-home') } });
    const task = await builder.prepare(buildTask(tinyOptions('near', 'cranelift', near), 'near', workspace.root));
    const error = await builder
      .build(task, { progress: () => undefined, text: (text) => lines.push(text) })
      .catch(formatError);
    expect(error).toContain('recipes/base/source/near/Cargo.toml: could not compile near');
    expect(lines.join('')).toContain('near/src/main.rs:7:');
    await workspace.write(main, FILES[main]!);
  });

  it('are built again when the crate in their place changes', async () => {
    const first = (await build('near', near)).artifact.files[0]!.blake3;
    await workspace.write('recipes/rt/source/src/lib.rs', library(77));
    expect((await build('near', near)).artifact.files[0]!.blake3).not.toBe(first);
  });

  it('leave out those that nothing needs, without a word', async () => {
    const folder = 'recipes/gone';
    await workspace.write(
      `${folder}/Cargo.toml`,
      manifest('gone', 'nucleus = { path = "../tiny/nucleus" }\n', '0.3.0'),
    );
    await workspace.write(`${folder}/src/lib.rs`, library(9));
    const gone = { source: 'https://gone.invalid/gone.git', crate: 'gone', path: folder };
    const { task, lines } = await build('near', { ...near, patches: [gone, ...near.patches!] });
    expect(task.usedPatches.map(({ crate }) => crate)).toEqual(['rt']);
    expect(lines.join('\n')).not.toContain('was not used');
  });

  it('make every member one that can be built, if they are for every repository', async () => {
    const folder = 'recipes/far';
    await workspace.write(`${folder}/Cargo.toml`, manifest('far', 'nucleus = { path = "../tiny/nucleus" }\n', '0.3.0'));
    await workspace.write(`${folder}/src/lib.rs`, library(9));
    const patches = ['far', 'gone'].map((crate) => ({
      source: `https://${crate}.invalid/${crate}.git`,
      crate,
      path: `recipes/${crate}`,
    }));
    const { task, artifact } = await build('remote', {
      manifestPath: 'recipes/base/source/remote/Cargo.toml',
      patches: [...near.patches!, ...patches],
    });
    expect(task.cargoRoot).toBe(join(workspace.root, 'recipes/base/source'));
    expect(artifact.crates.map(({ name }) => name)).toEqual(['far', 'gone', 'nucleus', 'remote']);
  });

  it.each<[string, Partial<BuildExecutorOptions>, RegExp]>([
    [
      'of a crate from elsewhere',
      { patches: [{ source: 'https://relay.invalid/other.git', crate: 'rt', path: 'recipes/rt/source' }] },
      /base\/source\/Cargo\.lock: no crate "rt" comes from https:\/\/relay\.invalid\/other\.git[^]*comes from git\+https:\/\/relay\.invalid\/rt\.git/,
    ],
    [
      'by a folder that is not there',
      { patches: [{ source: URL, crate: 'rt', path: 'recipes/none' }] },
      /near\/Cargo\.toml: cargo failed:[^]*recipes\/none\/Cargo\.toml/,
    ],
    [
      'of a repository that cannot be reached',
      { patches: [] },
      /near\/Cargo\.toml: crate "rt" could not be fetched from https:\/\/relay\.invalid\/rt\.git: .*\n {2}→ if there is a mirror: git config --global url\..*insteadOf https:\/\/relay/,
    ],
  ])('fail when one is %s', async (_, more, message) => {
    expect(await failure('near', { ...near, ...more }, { CARGO_NET_OFFLINE: 'true' })).toMatch(message);
  });

  describe('that need crates of the registry', () => {
    const home = () => ({ CARGO_HOME: join(workspace.root, 'registry-home') });
    const version = (name: string) => [
      `vendor/num-${name}/.cargo-checksum.json`,
      `vendor/num-${name}/Cargo.toml`,
      `vendor/num-${name}/src/lib.rs`,
    ];
    const checksum = 'ab'.repeat(32);
    beforeAll(async () => {
      for (const name of ['1.0.0', '1.1.0']) {
        const [sum, toml, lib] = version(name) as [string, string, string];
        await workspace.write(sum, JSON.stringify({ files: {}, package: checksum }));
        await workspace.write(toml, manifest('num', '', name));
        await workspace.write(lib, HEAD);
      }
      await workspace.write(
        'registry-home/config.toml',
        `[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = ${JSON.stringify(join(workspace.root, 'vendor'))}\n`,
      );
      await workspace.write(
        'recipes/rt/source/Cargo.toml',
        manifest('rt', 'nucleus = { path = "../../tiny/nucleus" }\nnum = "1"\n'),
      );
      await workspace.write('recipes/rt/source/src/lib.rs', library(5));
    });

    it('are refused if no lock file names the version', async () => {
      const text = await failure('near', near, home());
      expect(text).toContain(
        'base/source/Cargo.lock: the patches would change other crates, too:\n  num 1.1.0 would be new',
      );
      expect(text).toContain('put a Cargo.lock beside the crate that takes the place');
    });

    it('take the version that their own lock file names', async () => {
      await workspace.write(
        'recipes/rt/source/Cargo.lock',
        `version = 4\n${entry('nucleus', '0.3.1', [], '')}${entry('num', '1.0.0').replace('dependencies', `checksum = "${checksum}"\ndependencies`)}${entry('rt', '0.1.0', ['nucleus', 'num'], '')}`,
      );
      const { artifact } = await build('near', near, home());
      expect(artifact.crates).toContainEqual({ name: 'num', version: '1.0.0', backend: 'cranelift' });
    });
  });
});
