import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseElf, producerOf } from '@nx-redox/binary';
import { type Backend, formatError } from '@nx-redox/kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptExecutorSchema } from '../executors/script/schema';
import { C_PROGRAM, compileTinyC } from '../testing/tiny-c';
import {
  hasToolchain,
  makeTinyWorkspace,
  testToolchain,
  tinyOptions,
  type TinyWorkspace,
} from '../testing/tiny-workspace';
import { buildByScript } from './build';
import { scriptArtifactSchema } from './stage';
import { toScriptTask } from './task';

const has = (tool: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, tool)));

/** Writes recipes into a workspace and builds them. */
class Bench {
  constructor(readonly root: string) {}

  async write(path: string, text: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text, { mode });
  }

  async build(name: string, more: Partial<ScriptExecutorSchema> = {}, env: NodeJS.ProcessEnv = process.env) {
    let output = '';
    const options = {
      arch: 'aarch64' as const,
      backend: 'llvm' as const,
      recipe: `recipes/${name}/recipe.toml`,
      outputPath: `dist/{arch}/{backend}/${name}`,
      ...more,
    };
    const task = toScriptTask(options, name, this.root);
    const done = await buildByScript(task, (text) => (output += text), { env }).then(
      (artifact) => ({ artifact, error: '' }),
      (error: unknown) => ({ artifact: undefined, error: formatError(error) }),
    );
    const staged = (path: string) => join(task.outputDir, 'stage', path);
    return { ...done, output, task, staged, read: (path: string) => readFile(staged(path), 'utf8') };
  }

  /** A recipe of template custom with this script, built. */
  async custom(name: string, script: string, more: Partial<ScriptExecutorSchema> = {}, env?: NodeJS.ProcessEnv) {
    await this.write(`recipes/${name}/recipe.toml`, `[build]\ntemplate = "custom"\nscript = '''\n${script}'''\n`);
    return this.build(name, more, env);
  }
}

describe('buildByScript', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = new Bench(await mkdtemp(join(tmpdir(), 'nx-redox-script-')));
  });
  afterEach(() => rm(bench.root, { recursive: true, force: true }));

  it('stages what the script installs, and describes it', async () => {
    const { artifact, error, read, staged, task } = await bench.custom(
      'data',
      `mkdir -p $COOKBOOK_STAGE/usr/share/data $COOKBOOK_STAGE/usr/lib $COOKBOOK_STAGE/var/empty
cd "\${COOKBOOK_STAGE}"/usr
echo hello >share/data/file
ln -s file share/data/link
ln -s /usr/share dir
printf '#!/bin/sh\\n' >lib/run.sh; chmod 750 lib/run.sh
touch lib/libz.la .crates.toml
`.replaceAll('$COOKBOOK_STAGE/', '"$COOKBOOK_STAGE"/'),
    );
    expect(error).toBe('');
    expect(await read('usr/share/data/file')).toBe('hello\n');
    expect((await lstat(staged('usr/lib/run.sh'))).mode & 0o7777).toBe(0o750);
    expect(await readdir(staged('usr/lib'))).toEqual(['run.sh']);
    expect(await readdir(staged('var/empty'))).toEqual([]);
    expect(artifact?.files.map(({ path, size }) => [path, size])).toEqual([
      ['usr/lib/run.sh', 10],
      ['usr/share/data/file', 6],
    ]);
    expect(artifact?.links).toEqual([
      { path: 'usr/dir', target: '/usr/share' },
      { path: 'usr/share/data/link', target: 'file' },
    ]);
    const text = await readFile(join(task.outputDir, 'artifact.json'), 'utf8');
    expect(scriptArtifactSchema.parse(JSON.parse(text))).toEqual(artifact);
    expect(text).not.toContain(bench.root);
    expect(existsSync(task.workDir)).toBe(false);
  });

  it('gives scripts the variables of the cookbook, and of the user only what says how', async () => {
    await bench.write('recipes/vars/src/file', 'source');
    const { read, error } = await bench.custom(
      'vars',
      `mkdir "$COOKBOOK_STAGE"/etc
env | sort >"$COOKBOOK_STAGE"/etc/env
cat >"$COOKBOOK_STAGE"/etc/stdin
cat "$COOKBOOK_SOURCE"/file >>"$COOKBOOK_STAGE"/etc/stdin
test "$PWD" = "$COOKBOOK_BUILD"
`,
      { sourcePath: 'recipes/vars/src' },
      { PATH: process.env.PATH, CFLAGS: '-mine', SECRET: 'x', HTTPS_PROXY: 'proxy', COOKBOOK_MAKE_JOBS: '3' },
    );
    expect(error).toBe('');
    const env = await read('etc/env');
    for (const line of [
      'TARGET=aarch64-unknown-redox',
      'GNU_TARGET=aarch64-unknown-redox',
      'COOKBOOK_NAME=vars',
      `COOKBOOK_RECIPE=${bench.root}/recipes/vars`,
      `COOKBOOK_ROOT=${bench.root}`,
      'COOKBOOK_MAKE_JOBS=3',
      'CC=aarch64-unknown-redox-gcc',
      'HTTPS_PROXY=proxy',
    ]) {
      expect(env.split('\n')).toContain(line);
    }
    expect(env).not.toMatch(/-mine|SECRET|NX_REDOX/);
    // Standard input is empty: nothing in the script can read the script.
    expect(await read('etc/stdin')).toBe('source');
  });

  describe('a script that fails', () => {
    const FAILURES: [string, string, RegExp[]][] = [
      ['a command', 'echo one\n\nfalse\n', [/^recipes\/bad\/recipe\.toml:6: .*stopped with status 1, at: false/]],
      ['exit', 'if true; then\n  echo no >&2\n  exit 3\nfi\n', [/recipe\.toml:6: .*status 3, at: exit 3/]],
      ['a function of ours', 'true\ncookbook_configure\n', [/recipe\.toml:5: /]],
      ['a function of its own', 'f() {\n  grep -q x /dev/null\n}\nf\n', [/recipe\.toml:5: .*at: grep/]],
      ['a subshell', 'true\n(cd /nowhere)\n', [/recipe\.toml:5: /]],
      ['a variable that must be there', 'echo\n: ${NEEDED:?tell me}\n', [/recipe\.toml:5: .*status/]],
      ['syntax', 'echo\nif true; then\nfoo(\n', [/recipe\.toml:6: .*status/]],
    ];
    it.each(FAILURES)('by %s is reported with its line in recipe.toml', async (_, script, patterns) => {
      const { error, task } = await bench.custom('bad', script);
      for (const pattern of patterns) expect(error).toMatch(pattern);
      expect(error).toContain('recipe bad');
      expect(existsSync(task.outputDir)).toBe(false);
      expect(existsSync(task.workDir)).toBe(true);
    });

    it("shows bash's own messages with the recipe's line", async () => {
      const { output } = await bench.custom('bad', 'echo\n: ${NEEDED:?tell me}\n');
      expect(output).toContain('recipes/bad/recipe.toml:5: NEEDED: tell me\n');
    });

    it('leaves what an earlier build has staged', async () => {
      await bench.custom('x', 'mkdir "$COOKBOOK_STAGE"/a\necho 1 >"$COOKBOOK_STAGE"/a/b\n');
      const { error, read } = await bench.custom('x', 'mkdir "$COOKBOOK_STAGE"/a\nfalse\n');
      expect(error).toContain('status 1');
      expect(await read('a/b')).toBe('1\n');
    });
  });

  it('names the recipe and the program that is missing', async () => {
    const { error } = await bench.custom('needy', 'echo\nno-such-tool --now\n');
    expect(error).toContain('recipes/needy/recipe.toml:5: recipe needy needs `no-such-tool`, which is not installed');
    expect(error).toContain('→ install no-such-tool');
    // Called by another program, with its output thrown away.
    const { error: compiler } = await bench.custom('c', 'sh -c "$CC -c x.c" >/dev/null 2>&1\n');
    expect(compiler).toContain('recipes/c/recipe.toml:4: recipe c needs `aarch64-unknown-redox-gcc`');
    expect(compiler).toContain("C toolchain for Redox: build that with Redox's build system");
    const { error: cargo, output } = await bench.custom('rust', 'cookbook_cargo\n', { sourcePath: 'recipes/rust' });
    expect(`${output}${cargo}`).toContain('no Rust target for this recipe: name a spec of system.toml');
  });

  it('refuses what cannot be staged, and a dependency that was not built', async () => {
    const { error } = await bench.custom('pipe', 'mkfifo "$COOKBOOK_STAGE"/pipe\n');
    expect(error).toContain('the script installed pipe, which is neither a file nor a folder nor a link');
    const missing = await bench.custom('x', 'true\n', { dependencies: ['dist/{arch}/{backend}/zlib/stage'] });
    expect(missing.error).toContain('dist/aarch64/llvm/zlib/stage: a dependency has no stage');
    const outside = () =>
      toScriptTask({ arch: 'aarch64', backend: 'llvm', recipe: '../x', outputPath: 'd' }, 'x', '/w');
    expect(outside).toThrow('option recipe is "../x", which is not a path inside the workspace');
  });

  it('takes `exit 0` for success', async () => {
    const { error, read } = await bench.custom(
      'x',
      'mkdir "$COOKBOOK_STAGE"/a\necho 1 >"$COOKBOOK_STAGE"/a/b\nexit 0\n',
    );
    expect(error).toBe('');
    expect(await read('a/b')).toBe('1\n');
  });

  it('warns of a script that installs nothing', async () => {
    const { output, error } = await bench.custom('nothing', 'true\n');
    expect(error).toBe('');
    expect(output).toContain('nothing: warning: the script has installed nothing');
  });

  it('gives scripts what their dependencies have staged, as a sysroot', async () => {
    const zlib = await bench.custom(
      'zlib',
      `mkdir -p "$COOKBOOK_STAGE"/usr/lib/pkgconfig "$COOKBOOK_STAGE"/include
echo z >"$COOKBOOK_STAGE"/usr/lib/libz.so.1
ln -s /usr/lib/libz.so.1 "$COOKBOOK_STAGE"/usr/lib/libz.so
echo h >"$COOKBOOK_STAGE"/include/zlib.h
`,
    );
    await bench.custom('other', 'mkdir "$COOKBOOK_STAGE"/include\necho other >"$COOKBOOK_STAGE"/include/zlib.h\n');
    await bench.custom(
      'tool',
      'mkdir -p "$COOKBOOK_STAGE"/usr/bin\nprintf "#!/bin/sh\\necho tool runs" >"$COOKBOOK_STAGE"/usr/bin/mytool\nchmod +x "$COOKBOOK_STAGE"/usr/bin/mytool\n',
    );
    const user = await bench.custom(
      'user',
      `cat "$COOKBOOK_SYSROOT"/lib/libz.so "$COOKBOOK_SYSROOT"/usr/include/zlib.h "$COOKBOOK_SYSROOT"/include/zlib.h
mytool
echo changed >"$COOKBOOK_SYSROOT"/usr/lib/libz.so.1
`,
      {
        dependencies: ['dist/{arch}/{backend}/zlib/stage', 'dist/{arch}/{backend}/other/stage'],
        hostDependencies: ['dist/{arch}/{backend}/tool/stage'],
      },
    );
    expect(user.error).toBe('');
    expect(user.output).toContain('z\nh\nh\ntool runs\n');
    expect(user.output).toContain('usr/include/zlib.h is in dist/aarch64/llvm/zlib/stage and, with other content, in');
    expect(await zlib.read('usr/lib/libz.so.1')).toBe('z\n');
  });

  it('writes nothing outside the sysroot, whatever links a stage holds', async () => {
    await bench.custom(
      'evil',
      'mkdir -p "$COOKBOOK_STAGE"/usr/lib\nln -s ../../../../../../outside "$COOKBOOK_STAGE"/usr/lib/x\n',
    );
    await bench.custom('x', 'mkdir -p "$COOKBOOK_STAGE"/usr/lib/x\necho >"$COOKBOOK_STAGE"/usr/lib/x/file\n');
    await mkdir(join(bench.root, 'target/redox/outside'), { recursive: true });
    const stages = ['evil', 'x'].map((name) => `dist/{arch}/{backend}/${name}/stage`);
    const { output, error } = await bench.custom('user', 'readlink "$COOKBOOK_SYSROOT"/lib/x\n', {
      dependencies: stages,
    });
    expect(error).toBe('');
    expect(output).toContain('warning: usr/lib/x is in dist/aarch64/llvm/evil/stage and, with other content, in');
    expect(await readdir(join(bench.root, 'target/redox/outside'))).toEqual([]);
  });

  it('gives a script a copy of a fetched source', async () => {
    await bench.write('recipes/git/source/file', 'as fetched');
    await bench.write(
      'recipes/git/recipe.toml',
      `[source]\ngit = "https://example.org/x.git"\n[build]\ntemplate = "custom"\nscript = '''
cd "$COOKBOOK_SOURCE"; mv file other; mkdir "$COOKBOOK_STAGE"/a; cp other "$COOKBOOK_STAGE"/a/file'''\n`,
    );
    const { error, read } = await bench.build('git', { sourcePath: 'recipes/git/source' });
    expect(error).toBe('');
    expect(await read('a/file')).toBe('as fetched');
    expect(await readFile(join(bench.root, 'recipes/git/source/file'), 'utf8')).toBe('as fetched');
  });

  // make is on every machine that builds C; where it is not, there is nothing to see.
  it.skipIf(!has('make'))('builds template configure, with flags as they were written', async () => {
    await bench.write(
      'recipes/conf/source/configure',
      `#!/bin/sh\nprintf '%s\\n' "$@" "LDFLAGS=$LDFLAGS" >arguments\ncp "$(dirname "$0")/Makefile" .\n`,
      0o755,
    );
    await bench.write(
      'recipes/conf/source/Makefile',
      'all: built\nbuilt:\n\tcp arguments built\ninstall:\n\tmkdir -p "$(DESTDIR)/usr/share"\n\tcp built "$(DESTDIR)/usr/share/arguments"\n',
    );
    await bench.write(
      'recipes/conf/recipe.toml',
      '[source]\ntar = "https://example.org/x.tar"\n[build]\ntemplate = "configure"\nconfigureflags = [\n  "--with-name=two words",\n  "--lib=${COOKBOOK_SYSROOT}/lib",\n]\n',
    );
    const { error, read, task } = await bench.build('conf', { sourcePath: 'recipes/conf/source' });
    expect(error).toBe('');
    expect((await read('usr/share/arguments')).split('\n')).toEqual([
      '--host=aarch64-unknown-redox',
      '--prefix=/usr',
      '--disable-shared',
      '--enable-static',
      '--with-name=two words',
      `--lib=${task.workDir}/sysroot/lib`,
      `LDFLAGS=-L${task.workDir}/sysroot/lib --static`,
      '',
    ]);
  });

  it('refuses a folder whose name would be split into flags', async () => {
    const spaced = new Bench(join(bench.root, 'my work'));
    await spaced.write('recipes/conf/recipe.toml', '[build]\ntemplate = "configure"\n');
    expect((await spaced.build('conf')).error).toContain('cannot be built in a folder with a space in its name');
  });

  // The host's compiler under the name of a cross compiler: for one architecture it is one.
  describe.skipIf(!has('gcc') || process.arch !== 'x64' || process.platform !== 'linux')('with a C compiler', () => {
    const PROGRAM = 'void _start(void) { for (;;) { } }\n';
    const FLAGS = '-nostdlib -ffreestanding -fno-asynchronous-unwind-tables -Wl,--build-id=none -Wl,-z,noseparate-code';
    let env: NodeJS.ProcessEnv;
    beforeEach(async () => {
      const bin = join(bench.root, 'cross');
      await mkdir(bin);
      for (const tool of ['gcc', 'ar', 'ranlib', 'strip', 'g++']) {
        await symlink(`/usr/bin/${tool}`, join(bin, `x86_64-unknown-redox-${tool}`));
      }
      env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    });

    it('compiles C, strips it and keeps it with symbols in debug/', async () => {
      await bench.write('recipes/c/main.c', PROGRAM);
      const script = `DYNAMIC_INIT\n$CC -g ${FLAGS} $LDFLAGS -no-pie "$COOKBOOK_RECIPE"/main.c -o main
install -D main "$COOKBOOK_STAGE"/usr/bin/main
install -D main "$COOKBOOK_STAGE"/usr/lib/boot/main.sym\n`;
      const { error, artifact, staged, task, output } = await bench.custom('c', script, { arch: 'x86_64' }, env);
      expect(output + error).not.toContain('error');
      expect(artifact?.files).toMatchObject([
        { path: 'usr/bin/main', elf: { type: 'EXEC', machine: 'x86_64' } },
        { path: 'usr/lib/boot/main.sym' },
      ]);
      const names = async (path: string) =>
        parseElf(await readFile(path))
          .symbols()
          .map(({ name }) => name);
      expect(await names(staged('usr/bin/main'))).toEqual([]);
      expect(await names(staged('usr/lib/boot/main.sym'))).toContain('_start');
      expect(await names(join(task.outputDir, 'debug/main'))).toContain('_start');
      const kept = await bench.custom('c', `${script}COOKBOOK_NOSTRIP=true\n`, { arch: 'x86_64' }, env);
      expect(await names(kept.staged('usr/bin/main'))).toContain('_start');
    });

    it('refuses a program that cannot boot', async () => {
      await bench.write('recipes/c/main.c', PROGRAM);
      const script = `$CC ${FLAGS} -static-pie -fPIE "$COOKBOOK_RECIPE"/main.c -o main
install -D main "$COOKBOOK_STAGE"/usr/bin/main\n`;
      const { error } = await bench.custom('c', script, { arch: 'x86_64' }, env);
      expect(error).toMatch(/usr\/bin\/main: this program cannot boot on Redox:/);
    });

    it.skipIf(!has('cmake') || !has('ninja'))('builds template cmake', async () => {
      await bench.write(
        'recipes/cm/source/CMakeLists.txt',
        `cmake_minimum_required(VERSION 3.10)
project(cm C)
add_library(cm add.c)
install(TARGETS cm DESTINATION lib)
file(WRITE \${CMAKE_BINARY_DIR}/flag "\${FLAG}")
install(FILES \${CMAKE_BINARY_DIR}/flag DESTINATION share)
`,
      );
      await bench.write('recipes/cm/source/add.c', 'int add(int a, int b) { return a + b; }\n');
      await bench.write(
        'recipes/cm/recipe.toml',
        '[source]\ngit = "https://example.org/x.git"\n[build]\ntemplate = "cmake"\ncmakeflags = ["-DFLAG=two words", "-DCMAKE_C_COMPILER_WORKS=1"]\n',
      );
      const { error, artifact, read, output } = await bench.build(
        'cm',
        { arch: 'x86_64', sourcePath: 'recipes/cm/source' },
        env,
      );
      expect(error === '' ? '' : output + error).toBe('');
      expect(artifact?.files.map(({ path }) => path)).toEqual(['usr/lib/libcm.a', 'usr/share/flag']);
      expect(await read('usr/share/flag')).toBe('two words');
    });
  });

  it.skipIf(has('autoreconf'))('says what template configure needs to make its own configure', async () => {
    await bench.write('recipes/auto/sub/configure.ac', '');
    const { error } = await bench.custom('auto', 'cd "$COOKBOOK_RECIPE"\nautotools_recursive_regenerate\n');
    expect(error).toContain('recipes/auto/recipe.toml:5: recipe auto needs `autoreconf`');
    expect(error).toContain('install autoconf, automake and libtool');
  });
});

describe.skipIf(!hasToolchain())('buildByScript, with a real Rust toolchain', () => {
  // With spaces in its name.
  let parent: string;
  let workspace: TinyWorkspace;
  let bench: Bench;
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'nx redox script-'));
    workspace = await makeTinyWorkspace(await testToolchain(), parent);
    bench = new Bench(workspace.root);
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  const { spec, sysrootPath, linkerScript } = tinyOptions('logd', 'llvm');
  const rust = (backend: Backend): Partial<ScriptExecutorSchema> => ({
    backend,
    spec,
    sysrootPath,
    linkerScript,
    sourcePath: 'recipes/tiny/logd',
  });

  it.each(['cranelift', 'llvm'] as const)('builds a recipe that only compiles Rust, by %s', async (backend) => {
    const { error, output, artifact, staged, task } = await bench.custom(
      'logd',
      'DYNAMIC_INIT\ncookbook_cargo\n',
      rust(backend),
    );
    expect(error === '' ? '' : output + error).toBe('');
    expect(artifact?.files).toMatchObject([{ path: 'usr/bin/logd', elf: { type: 'EXEC', machine: 'aarch64' } }]);
    expect(artifact?.crates).toEqual([
      { name: 'logd', version: '0.1.0', backend },
      { name: 'nucleus', version: '0.3.1', backend },
    ]);
    expect(artifact?.target).toMatch(/^aarch64-tiny-/);
    expect(producerOf(await readFile(staged('usr/bin/logd'))).producer).toBe(backend);
    expect(parseElf(await readFile(staged('usr/bin/logd'))).symbols()).toEqual([]);
    const linked = parseElf(await readFile(join(task.outputDir, 'debug/logd')));
    expect(linked.symbols().map(({ name }) => name)).toContain('_start');
    expect(linked.entry).toBeGreaterThan(0x400000n);
  });

  it('builds template cargo and packages under other names', async () => {
    await bench.write(
      'recipes/many/recipe.toml',
      '[source]\npath = "../tiny"\n[build]\ntemplate = "cargo"\ncargopackages = ["logd", "timed"]\ncargopackagesprefixed = true\ncargoflags = ["--keep-going --verbose"]\n',
    );
    const { error, output, artifact } = await bench.build('many', {
      ...rust('cranelift'),
      sourcePath: 'recipes/tiny',
    });
    expect(error === '' ? '' : output + error).toBe('');
    expect(artifact?.files.map(({ path }) => path)).toEqual(['usr/bin/many_logd', 'usr/bin/many_timed']);
    expect(artifact?.crates.map(({ name }) => name)).toEqual(['logd', 'nucleus', 'timed']);
  });

  it('links programs with the C library of their spec', async () => {
    const libcPath = 'dist/{arch}/{backend}/clib/stage/usr/lib';
    await bench.write('recipes/tiny/logd/src/bin/hello.rs', C_PROGRAM);
    const build = () =>
      bench.custom('withc', 'cookbook_cargo --bin hello\n', {
        ...rust('cranelift'),
        linkerScript: undefined,
        libcPath,
      });
    try {
      expect((await build()).error).toContain('the C library that withc is linked with lacks libc.a');
      await compileTinyC(workspace, await testToolchain(), 'dist/aarch64/cranelift/clib/stage/usr/lib', 0x1234);
      const { error, output, artifact, task } = await build();
      expect(error === '' ? '' : output + error).toBe('');
      expect(artifact?.crates.map(({ name, backend }) => `${name} ${backend}`)).toEqual([
        'logd cranelift',
        'nucleus cranelift',
      ]);
      expect(artifact?.libc).toContainEqual({ name: 'relibc_libc_a', backend: 'llvm' });
      const linked = parseElf(await readFile(join(task.outputDir, 'debug/hello')));
      expect(linked.symbols().find(({ name }) => name === '_start')?.value).toBe(linked.entry);
    } finally {
      await rm(join(workspace.root, 'recipes/tiny/logd/src/bin'), { recursive: true });
    }
  });

  it("finds programs where the cookbook's scripts look for them, and keeps plain cargo for this machine", async () => {
    const { error, output, read } = await bench.custom(
      'own',
      `"$COOKBOOK_CARGO" build --release --target "$TARGET" --manifest-path "$COOKBOOK_SOURCE/Cargo.toml"
mkdir -p "$COOKBOOK_STAGE"/usr/bin
cp "target/$TARGET/release/logd" "$COOKBOOK_STAGE"/usr/bin/
cargo rustc --version 2>/dev/null || cargo --version
cargo new --quiet --vcs none tool
cargo run --quiet --manifest-path tool/Cargo.toml >"$COOKBOOK_STAGE"/usr/said
`,
      rust('cranelift'),
    );
    expect(error === '' ? '' : output + error).toBe('');
    expect(await read('usr/said')).toBe('Hello, world!\n');
  });

  it('refuses a program that the other backend has compiled', async () => {
    await bench.custom('right', 'cookbook_cargo\n', rust('llvm'));
    const { error } = await bench.custom(
      'wrong',
      'install -D "$COOKBOOK_ROOT"/dist/aarch64/llvm/right/debug/logd "$COOKBOOK_STAGE"/usr/bin/logd\n',
      rust('cranelift'),
    );
    expect(error).toMatch(/usr\/bin\/logd was to be compiled by cranelift alone, but llvm compiled some of it/);
  });

  it('gives the same bytes in another folder, from a copied source, too', async () => {
    const other = await mkdtemp(join(tmpdir(), 'nx-redox-other-'));
    try {
      const second = await makeTinyWorkspace(await testToolchain(), other);
      const bytes = async (root: string) => {
        const here = new Bench(root);
        for (const path of ['Cargo.toml', 'src/main.rs']) {
          await here.write(
            `recipes/git/source/${path}`,
            (await readFile(join(root, 'recipes/tiny/logd', path))).toString().replace('"../nucleus"', '"nucleus"'),
          );
        }
        for (const path of ['Cargo.toml', 'src/lib.rs']) {
          await here.write(
            `recipes/git/source/nucleus/${path}`,
            (await readFile(join(root, 'recipes/tiny/nucleus', path))).toString(),
          );
        }
        await here.write(
          'recipes/git/source/Cargo.lock',
          'version = 4\n[[package]]\nname = "logd"\nversion = "0.1.0"\ndependencies = ["nucleus"]\n[[package]]\nname = "nucleus"\nversion = "0.3.1"\n',
        );
        await here.write(
          'recipes/git/recipe.toml',
          '[source]\ngit = "https://example.org/x.git"\n[build]\ntemplate = "custom"\nscript = "cookbook_cargo"\n',
        );
        const { error, output, staged, task } = await here.build('git', {
          ...rust('cranelift'),
          sourcePath: 'recipes/git/source',
        });
        expect(error === '' ? '' : output + error).toBe('');
        return [await readFile(staged('usr/bin/logd')), await readFile(join(task.outputDir, 'debug/logd'))];
      };
      const [first, again] = [await bytes(workspace.root), await bytes(second.root)];
      expect(first[0]!.equals(again[0]!)).toBe(true);
      expect(first[1]!.equals(again[1]!)).toBe(true);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });

  it('names the line of a recipe whose crate does not compile, and shows the compiler', async () => {
    await bench.write('recipes/tiny/broken/Cargo.toml', '[package]\nname = "broken"\n[workspace]\n');
    await bench.write(
      'recipes/tiny/broken/Cargo.lock',
      'version = 4\n[[package]]\nname = "broken"\nversion = "0.0.0"\n',
    );
    await bench.write('recipes/tiny/broken/src/main.rs', '#![no_core]\n#![feature(no_core)]\nfn main( {}\n');
    const { error, output } = await bench.custom('broken', '\n\ncookbook_cargo\n', {
      ...rust('cranelift'),
      sourcePath: 'recipes/tiny/broken',
    });
    expect(output).toContain('unclosed delimiter');
    expect(error).toContain('recipes/broken/recipe.toml:6: the script of recipe broken stopped with status 101');
  });
});
