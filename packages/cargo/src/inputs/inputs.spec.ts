import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, UserError } from '@nx-redox/kit';
import type { Location } from '@nx-redox/toolchain';
import { Builder } from '../build';
import { buildTask } from '../testing/tasks';
import {
  hasToolchain,
  makeTinyWorkspace,
  testToolchain,
  tinyOptions,
  type TinyWorkspace,
} from '../testing/tiny-workspace';

/** A build by the real cargo, whose reads are compared with what a hash is said to cover. */
describe.skipIf(!hasToolchain())('what a build reads', { timeout: 120_000 }, () => {
  let location: Location;
  let workspace: TinyWorkspace;
  let env: Record<string, string | undefined>;
  beforeEach(async () => {
    location = await testToolchain();
    workspace = await makeTinyWorkspace(location);
    env = { ...process.env };
  });
  afterEach(() => workspace.remove());

  const KERNEL = [
    'kernel/Cargo.toml',
    'kernel/build.rs',
    'kernel/src/main.rs',
    'nucleus/Cargo.toml',
    'nucleus/src/lib.rs',
    'program.ld',
  ].map((path) => `recipes/tiny/${path}`);

  const build = async ({
    files = KERNEL,
    variables = [],
    reads = [],
    started,
  }: { files?: string[]; variables?: string[]; reads?: string[]; started?: number } = {}) => {
    const builder = new Builder({ env });
    const options = tinyOptions('kernel', 'llvm', { env: variables, reads });
    const task = await builder.prepare(buildTask(options, 'kernel', workspace.root));
    return builder.build(task, { progress: () => undefined, text: () => undefined }, async () => ({
      recipeDir: 'recipes/tiny/kernel',
      coverage: { files: new Set(files), variables: new Set(variables) },
      ...(started === undefined ? {} : { started }),
    }));
  };
  const failure = async (options?: Parameters<typeof build>[0]): Promise<UserError> => {
    const error = await build(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  };
  const script = (...lines: string[]) =>
    workspace.write('recipes/tiny/kernel/build.rs', `fn main() { ${lines.join('\n')} }\n`);

  it('is covered if the hash has all of it', async () => {
    await expect(build()).resolves.toMatchObject({ project: 'kernel' });
  });

  it.each(KERNEL.slice(3))('is not if the hash lacks %s, which is an input from then on', async (file) => {
    const error = await failure({ files: KERNEL.filter((name) => name !== file) });
    expect(error.message).toContain(file);
    expect((await workspace.read('recipes/tiny/kernel/recipe.inputs')).toString()).toContain(`\n${file}\n`);
    // What was made is right, and stays.
    expect((await workspace.read('dist/aarch64/llvm/kernel/artifact.json')).length).toBeGreaterThan(0);
  });

  it('is what build scripts watch, whole folders and links to elsewhere as well', async () => {
    await workspace.write('data/a', '');
    await workspace.write('data/inner/b', '');
    await workspace.write('elsewhere/c', '');
    await symlink('../../../elsewhere/c', join(workspace.root, 'recipes/tiny/kernel/link'));
    await script(
      'println!("cargo::rerun-if-changed={}", ["..", "/../../da", "ta"].concat());',
      'println!("cargo::rerun-if-changed=link");',
      'println!("cargo::rerun-if-changed=../../../not-there");',
    );
    const { message } = await failure();
    for (const name of ['data/a', 'data/inner/b', 'elsewhere/c', 'not-there']) expect(message).toContain(name);
    // Known now: Nx has them among the inputs, but for the one that is not there.
    await build({ files: [...KERNEL, 'data/a', 'data/inner/b', 'elsewhere/c'] });
  });

  it('may be a great many files, with names that would steer a terminal', async () => {
    for (let at = 0; at < 3000; at++) await workspace.write(`data/${'a-long-name-'.repeat(12)}${at}`, '');
    await workspace.write('data/\u001b[2J', '');
    await run('git', ['init', '--quiet'], { cwd: workspace.root });
    await workspace.write('.gitignore', 'data/ä*\n');
    await workspace.write('data/ä', '');
    await script('println!("cargo::rerun-if-changed={}", ["..", "/../../da", "ta"].concat());');
    const { message } = await failure();
    expect(message).toContain('data/\\x1b[2J');
    expect(message).toMatch(/and 29\d\d more/);
    expect((await workspace.read('recipes/tiny/kernel/recipe.inputs')).toString().includes('data/ä')).toBe(false);
  });

  it('must lie in the workspace', async () => {
    const outside = join(workspace.root, '..', `nx-redox-outside-${process.pid}`);
    await mkdir(outside);
    try {
      await writeFile(join(outside, 'x'), '');
      await script(`println!("cargo::rerun-if-changed=${join(outside, 'x')}");`);
      const error = await failure();
      expect(error.message).toMatch(/nx-redox-outside-\d+\/x \(the build script of kernel\): outside the workspace/);
      expect(error.advice.join()).toContain('`inputs` in [nx]');
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it('are variables of the user only if the recipe names them', async () => {
    await script('println!("cargo::rerun-if-env-changed=USER"); println!("cargo::rerun-if-env-changed=PATH");');
    env = { ...env, USER: 'somebody' };
    const error = await failure();
    expect(error.message).toContain('the variable USER, read by the build script of kernel');
    expect(error.message).not.toContain('PATH');
    expect(error.advice.join()).toContain('name USER with `env` in [nx] of recipes/tiny/kernel/recipe.toml');
    await build({ variables: ['USER'] });
  });

  it('is read again if it is Rust that a build script reads, whatever its time stamp', async () => {
    await script(
      'println!("cargo::rerun-if-changed=src/table.rs");',
      'println!("cargo::rustc-link-arg-bins=--defsym=note={}", std::fs::read_to_string("src/table.rs").unwrap().len());',
    );
    const made = async (text: string) => {
      await workspace.write('recipes/tiny/kernel/src/table.rs', text);
      await utimes(join(workspace.root, 'recipes/tiny/kernel/src/table.rs'), 1, 1);
      await build({ files: [...KERNEL, 'recipes/tiny/kernel/src/table.rs'] });
      return (await workspace.read('dist/aarch64/llvm/kernel/debug/kernel')).toString('latin1');
    };
    const [short, long] = [await made('//'), await made('// longer')];
    expect(long === short).toBe(false);
  });

  it('are vendored crates only as far as their checksums name the files', async () => {
    const checksum = '0'.repeat(64);
    const kernel = 'recipes/tiny/kernel/Cargo.toml';
    await workspace.write(kernel, `${(await workspace.read(kernel)).toString()}\n[dependencies.dep]\nversion = "1"\n`);
    const lock = (await workspace.read('recipes/tiny/Cargo.lock')).toString();
    await workspace.write(
      'recipes/tiny/Cargo.lock',
      `${lock.replace('dependencies = ["nucleus"]', 'dependencies = ["dep", "nucleus"]')}[[package]]\nname = "dep"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${checksum}"\n`,
    );
    await workspace.write(
      'recipes/.cargo/config.toml',
      '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "vendor"\n',
    );
    await workspace.write(
      'recipes/vendor/dep/Cargo.toml',
      '[package]\nname = "dep"\nversion = "1.0.0"\nedition = "2024"\n',
    );
    await workspace.write(
      'recipes/vendor/dep/src/lib.rs',
      '#![feature(no_core)]\n#![no_core]\n#![allow(internal_features)]\n',
    );
    const vendor = (files: object) =>
      workspace.write('recipes/vendor/dep/.cargo-checksum.json', JSON.stringify({ files, package: checksum }));
    await vendor({});
    const files = [...KERNEL, 'recipes/.cargo/config.toml'];
    const { message, advice } = await failure({ files });
    expect(message).toContain('recipes/vendor/dep/src/lib.rs: a file of a vendored crate that its');
    expect(advice.join()).toContain('[patch.crates-io]');
  });

  it("is cargo's configuration with what it takes in, from outside the workspace too", async () => {
    const outside = join(workspace.root, '..', `nx-redox-config-${process.pid}.toml`);
    await writeFile(outside, '[net]\nretry = 3\n');
    try {
      await workspace.write('recipes/.cargo/config.toml', 'include = ["../../shared/env.toml"]\n');
      await workspace.write('shared/env.toml', `include = [${JSON.stringify(outside)}]\n[env]\nNOTE = "one"\n`);
      const { message } = await failure();
      for (const name of ['recipes/.cargo/config.toml', 'shared/env.toml']) {
        expect(message).toContain(`${name}, read by cargo: from now on an input`);
      }
      expect(message).toMatch(/nx-redox-config-\d+\.toml \(cargo\): outside the workspace/);
      await workspace.write('shared/env.toml', '[env]\nNOTE = "one"\n');
      await build({ files: [...KERNEL, 'recipes/.cargo/config.toml', 'shared/env.toml'] });
    } finally {
      await rm(outside);
    }
  });

  it('must not change while it is built', async () => {
    const error = await failure({ started: Date.now() - 1e9 });
    expect(error.message).toContain('files were changed while it was built');
  });

  it('is what the linker has found on its search path', async () => {
    await workspace.write('data/more.ld', 'MORE = 1;\n');
    await script(
      `println!("cargo::rustc-link-arg-bins=-L{}/data", ${JSON.stringify(workspace.root)});`,
      'println!("cargo::rustc-link-arg-bins=-l:more.ld");',
    );
    const error = await failure();
    expect(error.message).toMatch(/data\/more\.ld, read by the linker, for kernel/);
    expect(error.message).not.toMatch(/\.o |\.rlib/);
    await build({ files: [...KERNEL, 'data/more.ld'] });
  });

  it('is read again if cargo does not watch it: time stamps that lie, and a script that says nothing', async () => {
    await workspace.write('recipes/tiny/kernel/note', 'ONE');
    await script(
      'println!("cargo::rustc-link-arg-bins=--defsym=note={}", std::fs::read_to_string("../../../far/note").unwrap().len());',
      'println!("cargo::rerun-if-changed=note");',
    );
    const note = async (text: string) => {
      await workspace.write('far/note', text);
      await utimes(join(workspace.root, 'far/note'), 1, 1);
      const files = [...KERNEL, 'recipes/tiny/kernel/note', 'far/note'];
      await build({ files, reads: ['far/note'] });
      return (await workspace.read('dist/aarch64/llvm/kernel/debug/kernel')).toString('latin1');
    };
    const [short, long, again] = [await note('1'), await note('22222'), await note('1')];
    expect(long === short).toBe(false);
    expect(again === short).toBe(true);
  });
});
