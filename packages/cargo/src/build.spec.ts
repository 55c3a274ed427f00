import { chmod, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Elf, parseElf, producerOf } from '@nx-redox/binary';
import { type Backend, formatError, run } from '@nx-redox/kit';
import type { Location } from '@nx-redox/toolchain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifactSchema } from './artifact';
import { buildBatch } from './batch';
import { Builder, type BuildOptions } from './build';
import type { Reporter } from './cargo';
import type { BuildExecutorOptions } from './executors/build/options';
import { buildTask } from './testing/tasks';
import {
  hasToolchain,
  makeTinyWorkspace,
  TINY_FILES,
  tinyOptions,
  testToolchain,
  type TinyWorkspace,
} from './testing/tiny-workspace';

const silent: Reporter = { progress: () => undefined, text: () => undefined };
const MAIN = 'recipes/tiny/logd/src/main.rs';

// Real cargo and rustc: programs without a standard library, so each build takes a fraction of a second.
describe.skipIf(!hasToolchain())('Builder, with a real toolchain', () => {
  let location: Location;
  let workspace: TinyWorkspace;
  beforeAll(async () => {
    location = await testToolchain();
    workspace = await makeTinyWorkspace(location);
  });
  afterAll(() => workspace?.remove());

  async function build(
    name: string,
    backend: Backend,
    more: Partial<BuildExecutorOptions> = {},
    options: BuildOptions = {},
    text: Reporter['text'] = silent.text,
  ) {
    const progress: string[] = [];
    const builder = new Builder(options);
    const task = await builder.prepare(buildTask(tinyOptions(name, backend, more), name, workspace.root));
    return { artifact: await builder.build(task, { progress: (line) => progress.push(line.trim()), text }), progress };
  }
  /** What a user sees of a build that fails. */
  async function failure(...[name, backend, more, options]: Parameters<typeof build>): Promise<string> {
    let text = '';
    try {
      await build(name, backend, more, options, (part) => (text += part));
    } catch (error) {
      return `${text}\n${formatError(error)}`;
    }
    return expect.unreachable('the build should have failed');
  }
  /** Runs with other content in a file of the workspace. */
  async function withFile(path: string, change: (text: string) => string, body: () => Promise<void>): Promise<void> {
    const text = (await workspace.read(path)).toString();
    await workspace.write(path, change(text));
    try {
      await body();
    } finally {
      await workspace.write(path, text);
    }
  }
  const staged = (name: string, backend: Backend) =>
    workspace.read(`dist/aarch64/${backend}/${name}/stage/usr/bin/${name}`);

  it.each(['cranelift', 'llvm'] as const)('builds, checks and stages a program by %s', async (backend) => {
    const { artifact, progress } = await build('logd', backend);
    expect(progress.some((line) => line.startsWith('Compiling logd v0.1.0'))).toBe(true);
    const dir = `dist/aarch64/${backend}/logd`;
    expect(artifactSchema.parse(JSON.parse((await workspace.read(`${dir}/artifact.json`)).toString()))).toEqual(
      artifact,
    );
    expect(JSON.stringify(artifact)).not.toContain(workspace.root);

    const linked = parseElf(await workspace.read(`${dir}/debug/logd`));
    expect(producerOf(linked.bytes)).toMatchObject({ producer: backend, certain: true });
    const program = parseElf(await staged('logd', backend));
    expect(program.hasSymbols).toBe(false);
    // Only the header's fields about sections may differ.
    const loaded = (elf: Elf) =>
      elf.loads().map(({ offset, fileSize }) => elf.bytes.subarray(Math.max(offset, 64), offset + fileSize));
    expect(loaded(program)).toEqual(loaded(linked));
    expect(program.segments).toEqual(linked.segments);
    expect(artifact).toMatchObject({
      project: 'logd',
      backend,
      toolchain: '0123456789abcdef',
      files: [
        {
          path: 'usr/bin/logd',
          size: program.bytes.length,
          elf: { type: 'EXEC', machine: 'aarch64', entry: `0x${linked.entry.toString(16)}` },
        },
      ],
      crates: [
        { name: 'logd', version: '0.1.0', backend },
        { name: 'nucleus', version: '0.3.1', backend },
      ],
    });
  });

  it('keeps to a budget, and says what grew since the last build', async () => {
    const { artifact } = await build('logd', 'cranelift');
    const { size, sizes } = artifact.files[0]!;
    expect(sizes?.sections['.text']).toBeGreaterThan(0);
    expect(Object.keys(sizes!.crates)).toContain('nucleus');
    expect((await build('logd', 'cranelift', { budget: size })).artifact.files).toEqual(artifact.files);

    const before = await workspace.read('dist/aarch64/cranelift/logd/artifact.json');
    const growing = (text: string) => text.replace('step(x);', 'step(x);'.repeat(1200));
    await withFile(MAIN, growing, async () => {
      const said = await failure('logd', 'cranelift', { budget: size });
      expect(said).toMatch(new RegExp(`logd has \\d+ bytes, \\d+ more than its budget of ${size}\n`));
      expect(said).toMatch(/what grew since the last build[^]*bytes +change +section\n *\d+ +(new|\+\d+) +\.text\n/);
      expect(said).toMatch(/npx redox-elf size --why target\/redox\/\S+\/logd/);
    });
    // What was built before is still there.
    expect(await workspace.read('dist/aarch64/cranelift/logd/artifact.json')).toEqual(before);
  });

  it('keeps link arguments from build scripts', async () => {
    const { artifact } = await build('kernel', 'cranelift');
    expect(artifact.crates.map(({ name }) => name)).toEqual(['kernel', 'nucleus']);
  });

  it('gives the same bytes in another folder, alone or in a batch, whatever the environment says', async () => {
    const names = ['logd', 'timed', 'kernel'];
    for (const name of names) await build(name, 'cranelift');
    const folder = await mkdtemp(join(tmpdir(), 'nx-redox-a longer name with spaces-'));
    const other = await makeTinyWorkspace(location, folder);
    try {
      const env = {
        ...process.env,
        RUSTFLAGS: '-Copt-level=0',
        CARGO_ENCODED_RUSTFLAGS: '-Cno-such-option',
        CARGO_BUILD_TARGET: 'x86_64-unknown-linux-gnu',
        CARGO_TARGET_DIR: '/nowhere/target',
        CARGO_PROFILE_RELEASE_DEBUG: 'true',
        CARGO_PROFILE_RELEASE_OPT_LEVEL: '0',
        RUSTC_WORKSPACE_WRAPPER: '/nowhere/wrapper',
        RUSTUP_TOOLCHAIN: 'none',
      };
      const entries = names.map((id) => ({
        id,
        task: () => buildTask(tinyOptions(id, 'cranelift'), id, other.root),
        dependsOn: id === 'timed' ? ['logd'] : [],
      }));
      const lines: string[] = [];
      for await (const result of buildBatch(entries, new Builder({ env }), (line) => lines.push(line))) {
        expect(result).toMatchObject({ status: 'success' });
      }
      for (const name of names) {
        for (const file of [`debug/${name}`, `stage/usr/bin/${name}`, 'artifact.json']) {
          const path = `dist/aarch64/cranelift/${name}/${file}`;
          expect(await other.read(path), path).toEqual(await workspace.read(path));
        }
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('asks rustc again when a signal has ended the one that cargo asked', async () => {
    await build('logd', 'llvm');
    const [folder] = (await readdir(join(workspace.root, 'target/redox'))).filter((name) => name.startsWith('llvm-'));
    const probes = `target/redox/${folder}/.rustc_info.json`;
    // As text: there is a number of 64 bits in it.
    const known = (await workspace.read(probes)).toString();
    const failed = known.replaceAll(/"success":\s*true/g, '"success":false');
    expect(failed).not.toBe(known);
    await workspace.write(probes, failed);
    const changed = (text: string) => `${text}\n// another\n`;
    await withFile(MAIN, changed, async () => {
      await build('logd', 'llvm');
    });
  });

  it('runs build scripts again where a workspace was moved to: what they said may name the old place', async () => {
    const other = await makeTinyWorkspace(location);
    const moved = `${other.root}-moved`;
    try {
      await other.write(
        'recipes/tiny/kernel/build.rs',
        `fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(moved)");
    if std::env::var("CARGO_MANIFEST_DIR").unwrap().contains("-moved") { println!("cargo::rustc-cfg=moved"); }
}
`,
      );
      const main = 'recipes/tiny/kernel/src/main.rs';
      await other.write(main, `${TINY_FILES[main]!}\n#[cfg(moved)] this_is_the_new_place!();\n`);
      let said = '';
      const buildIn = (root: string) => {
        const builder = new Builder();
        const reporter = { progress: () => undefined, text: (text: string) => void (said += text) };
        return builder
          .prepare(buildTask(tinyOptions('kernel', 'llvm'), 'kernel', root))
          .then((task) => builder.build(task, reporter));
      };
      await buildIn(other.root);
      await rename(other.root, moved);
      await expect(buildIn(moved)).rejects.toThrow();
      expect(said).toContain('this_is_the_new_place');
    } finally {
      await other.remove();
      await rm(moved, { recursive: true, force: true });
    }
  });

  it('compiles a batch in one cargo run and tells failures apart', async () => {
    const other = await makeTinyWorkspace(location);
    try {
      await other.write('recipes/tiny/timed/src/main.rs', TINY_FILES[MAIN]!.replace('step(x)', 'no_such_thing(x)'));
      const entry = (id: string, dependsOn: string[] = []) => ({
        id,
        task: () => buildTask(tinyOptions(id === 'after' ? 'logd' : id, 'llvm'), id, other.root),
        dependsOn,
      });
      const lines: string[] = [];
      const results = [];
      const entries = [entry('logd'), entry('timed'), entry('kernel'), entry('after', ['timed'])];
      for await (const result of buildBatch(entries, new Builder(), (line) => lines.push(line))) results.push(result);
      expect(results.map(({ id, status }) => [id, status])).toEqual([
        ['logd', 'success'],
        ['timed', 'failure'],
        ['kernel', 'success'],
        ['after', 'skipped'],
      ]);
      expect(results[1]?.output).toContain('no_such_thing');
      expect(results[0]?.output).not.toContain('no_such_thing');
      // The joint run compiled logd; the one after it found it fresh.
      expect(lines.filter((line) => line.includes('Compiling logd'))).toHaveLength(1);
    } finally {
      await other.remove();
    }
  });

  it.each([
    ['nucleus', 'nucleus 0.3.1'],
    ['logd', 'logd 0.1.0'],
  ])(
    'refuses a program of which another backend compiled %s, also when nothing is compiled any more',
    async (crate, label) => {
      const other = await makeTinyWorkspace(location);
      try {
        const wrapper = join(other.root, 'wrapper.sh');
        // A wrapper that hands one crate to LLVM, without the flag that asks for Cranelift.
        await writeFile(
          wrapper,
          `#!/bin/sh
rustc=$1; shift
case "$*" in "--crate-name ${crate} "*)
  for a in "$@"; do shift; [ "$a" = -Zcodegen-backend=cranelift ] || set -- "$@" "$a"; done
  exec '${location.rustcLlvm}' -Zcodegen-backend=llvm "$@";;
esac
exec "$rustc" "$@"
`,
        );
        await chmod(wrapper, 0o755);
        const builder = new Builder({ env: { ...process.env, RUSTC_WRAPPER: wrapper } });
        const task = await builder.prepare(buildTask(tinyOptions('logd', 'cranelift'), 'logd', other.root));
        for (let i = 0; i < 2; i++) {
          const error = await builder.build(task, silent).catch((e: unknown) => formatError(e));
          expect(error).toContain('logd was to be compiled by Cranelift alone, but LLVM compiled:');
          expect(error).toContain(`\n  ${label} (`);
        }
        expect(await readdir(join(other.root, 'dist/aarch64/cranelift'))).not.toContain('logd');
      } finally {
        await other.remove();
      }
    },
  );

  it('refuses a position-independent program and keeps the old stage', async () => {
    await build('logd', 'cranelift');
    const before = await staged('logd', 'cranelift');
    const text = await failure('logd', 'cranelift', { rustflags: ['-Clink-arg=-pie'] });
    expect(text).toContain('this program cannot boot on Redox');
    expect(text).toContain('type-exec');
    expect(text).toMatch(/why: .*\n {4}fix: /);
    expect(await staged('logd', 'cranelift')).toEqual(before);
  });

  it('shows the messages of the compiler and keeps the old stage when a program does not compile', async () => {
    await build('logd', 'cranelift');
    const before = await staged('logd', 'cranelift');
    await withFile(
      MAIN,
      (text) => text.replace('step(x)', 'stop(x)'),
      async () => {
        const text = await failure('logd', 'cranelift');
        expect(text).toContain('cannot find function `stop` in this scope');
        expect(text).toContain('logd/src/main.rs:10:');
        expect(text).toContain('recipes/tiny/logd/Cargo.toml: could not compile logd');
      },
    );
    expect(await staged('logd', 'cranelift')).toEqual(before);
  });

  it('sees a source that is older than its last build', async () => {
    await build('logd', 'cranelift');
    const before = await staged('logd', 'cranelift');
    await withFile(
      MAIN,
      (text) => text.replace('step(x)', 'step(7)'),
      async () => {
        await utimes(join(workspace.root, MAIN), 1, 1);
        await build('logd', 'cranelift');
        expect(await staged('logd', 'cranelift')).not.toEqual(before);
      },
    );
  });

  it('links again when the linker script changes, and names the script in errors', async () => {
    const script = 'recipes/tiny/program.ld';
    await withFile(
      script,
      (text) => text.replace('0x400000', '0x600000'),
      async () => {
        const { artifact } = await build('logd', 'cranelift');
        expect(artifact.files[0]?.elf?.entry).toMatch(/^0x60/);
      },
    );
    await withFile(
      script,
      (text) => `${text} BROKEN {`,
      async () => {
        expect(await failure('logd', 'cranelift')).toContain(`rust-lld: error: ${script}:`);
      },
    );
  });

  it('compiles again for another sysroot', async () => {
    const compiled = async () => {
      const { progress } = await build('logd', 'llvm');
      return progress.filter((line) => line.startsWith('Compiling')).length;
    };
    await compiled();
    expect(await compiled()).toBe(0);
    const sysroot = 'dist/aarch64/llvm/toolchain/tiny/sysroot.json';
    await withFile(
      sysroot,
      (text) => text.replace('{', '{"note": "another",'),
      async () => {
        expect(await compiled()).toBe(2);
      },
    );
  });

  it('ends at once on a panic if the sysroot does, whatever the profile says', async () => {
    const file = 'dist/aarch64/cranelift/toolchain/tiny/sysroot.json';
    const named = (text: string) => text.replace('step(x);', '#[cfg(panic = "immediate-abort")] { step(x); }');
    const changes = (text: string) => JSON.stringify({ ...JSON.parse(text), spec: { changes: ['immediate-abort'] } });
    await withFile(MAIN, named, async () => {
      const text = (await build('logd', 'cranelift')).artifact.files[0]!.sizes!.sections['.text']!;
      await withFile(file, changes, async () => {
        const { artifact } = await build('logd', 'cranelift');
        expect(artifact.files[0]!.sizes!.sections['.text']).toBeGreaterThan(text);
      });
    });
  });

  it('takes features of the package, and for it alone', async () => {
    const text = await failure('logd', 'cranelift', { features: ['no-such-feature'] });
    expect(text).toContain('no-such-feature');
    const [logd, timed] = [await build('logd', 'cranelift'), await build('timed', 'cranelift')];
    const code = async (name: string) => {
      const elf = parseElf(await staged(name, 'cranelift'));
      return Buffer.concat(elf.loads().map((load) => elf.segmentBytes(load))).toString('hex');
    };
    expect(logd.artifact.crates.length).toBe(timed.artifact.crates.length);
    expect(await code('logd')).not.toBe(await code('timed'));
  });

  it('ends with nothing left running when it is stopped, and the next build is right', async () => {
    const other = await makeTinyWorkspace(location);
    try {
      const wrapper = join(other.root, 'slow.sh');
      const pidFile = join(other.root, 'pid');
      await writeFile(
        wrapper,
        `#!/bin/sh\ncase "$*" in *"--crate-name logd "*) echo $$ > '${pidFile}'; exec sleep 60;; esac\nexec "$@"\n`,
      );
      await chmod(wrapper, 0o755);
      const controller = new AbortController();
      const slow = new Builder({ env: { ...process.env, RUSTC_WRAPPER: wrapper }, signal: controller.signal });
      const task = await slow.prepare(buildTask(tinyOptions('logd', 'llvm'), 'logd', other.root));
      const stopped = slow.build(task, silent);
      let pid = '';
      for (let i = 0; i < 500 && pid === ''; i++) {
        await sleep(20);
        pid = (await readFile(pidFile, 'utf8').catch(() => '')).trim();
      }
      expect(pid).not.toBe('');
      controller.abort(new Error('stop'));
      await expect(stopped).rejects.toThrow('stop');
      // An ended orphan may stay a zombie in a container.
      expect((await run('ps', ['-o', 'stat=', '-p', pid])).stdout.trim()).toMatch(/^(Z.*)?$/);
      expect(await readdir(join(other.root, 'dist/aarch64/llvm'))).toEqual(['toolchain']);
      const builder = new Builder();
      const artifact = await builder.build(task, silent);
      expect(artifact.crates).toHaveLength(2);
    } finally {
      await other.remove();
    }
  });

  describe('bad input', () => {
    it.each<[string, Partial<BuildExecutorOptions>, string[]]>([
      [
        'an unknown package',
        { package: 'lodg' },
        ['no package "lodg"', 'packages there: nucleus, logd, timed, kernel'],
      ],
      ['an unknown bin', { bin: 'lodg' }, ['has no bin "lodg"', 'its bins: logd']],
      ['a library', { package: 'nucleus', bin: 'nucleus' }, ['it has no bin at all']],
      [
        'a missing manifest',
        { manifestPath: 'recipes/none/Cargo.toml' },
        ['recipes/none/Cargo.toml: there is no such Cargo.toml'],
      ],
      [
        'a missing linker script',
        { linkerScript: 'recipes/tiny/none.ld' },
        ['recipes/tiny/none.ld: cannot read the linker script'],
      ],
      [
        'a missing sysroot',
        { sysrootPath: 'dist/none' },
        ['dist/none/sysroot.json: the sysroot', 'npx nx run toolchain:sysroot-tiny-cranelift'],
      ],
      [
        'a sysroot of the other backend',
        { sysrootPath: 'dist/aarch64/llvm/toolchain/tiny' },
        ['made for backend llvm'],
      ],
    ])('%s', async (_, more, parts) => {
      const text = await failure('logd', 'cranelift', more);
      for (const part of parts) expect(text).toContain(part);
    });

    const lock = 'recipes/tiny/Cargo.lock';
    const manifest = 'recipes/tiny/logd/Cargo.toml';

    it('a lock file that does not fit', async () => {
      await withFile(
        lock,
        () => 'version = 4\n',
        async () => {
          const text = await failure('logd', 'cranelift');
          expect(text).toContain('Cargo.lock is missing or does not fit');
          expect(text).toContain(`cargo update --workspace --manifest-path ${manifest}`);
          expect((await workspace.read(lock)).toString()).toBe('version = 4\n');
        },
      );
    });

    it('a manifest that is no TOML', async () => {
      await withFile(
        manifest,
        (text) => `${text}[`,
        async () => {
          expect(await failure('logd', 'cranelift')).toContain(`${manifest}: cargo refuses this manifest:`);
        },
      );
    });

    it('a registry that cannot be reached', async () => {
      const locked = `
[[package]]
name = "unlikely"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0000000000000000000000000000000000000000000000000000000000000000"
`;
      // A proxy that nobody serves, and no crates from earlier times.
      const env = {
        ...process.env,
        CARGO_HTTP_PROXY: 'http://127.0.0.1:9',
        CARGO_NET_RETRY: '0',
        CARGO_HOME: join(workspace.root, 'cargo-home'),
      };
      await withFile(
        manifest,
        (text) => `${text}unlikely = "1"\n`,
        () =>
          withFile(
            lock,
            (text) => text.replace(/(name = "logd"\n.*\n.*"nucleus")/, '$1, "unlikely"') + locked,
            async () => {
              const text = await failure('logd', 'cranelift', {}, { env });
              expect(text).toContain('could not be fetched');
              expect(text).toContain(`cargo fetch --locked --manifest-path ${manifest}`);
            },
          ),
      );
    });

    it('a toolchain without Cranelift, with a broken one, and none', async () => {
      const [location, identity] = ['dist/toolchain/location.json', 'dist/toolchain/identity.json'];
      await withFile(
        location,
        (text) => text.replace('craneliftBackendFlag', 'noFlag'),
        async () => {
          expect(await failure('logd', 'cranelift')).toContain('has no Cranelift backend');
        },
      );
      await withFile(
        identity,
        (text) => text.replace('"cranelift":true', '"cranelift":false'),
        async () => {
          expect(await failure('logd', 'cranelift')).toContain('npx nx run toolchain:doctor');
        },
      );
      await withFile(
        location,
        () => '',
        async () => {
          expect(await failure('logd', 'llvm')).toContain('npx nx run toolchain:install');
        },
      );
    });
  });
});
