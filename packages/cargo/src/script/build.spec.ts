import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseElf } from '@nx-redox/binary';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptBench } from '../testing/script-bench';
import { hasToolchain } from '../testing/tiny-workspace';
import { scriptArtifactSchema } from './stage';
import { scriptTask } from '../testing/tasks';

const has = (tool: string): boolean => spawnSync('/bin/sh', ['-c', 'command -v "$0"', tool]).status === 0;
/** In CI nobody would miss a test that is skipped. */
const lacks = (...tools: string[]): boolean => {
  const missing = tools.filter((tool) => !has(tool));
  if (missing.length > 0 && process.env['CI'] && process.env['REDOX_TESTS_WITHOUT_TOOLCHAIN'] !== '1') {
    throw new Error(`CI builds with ${missing.join(' and ')}: install what it lacks`);
  }
  return missing.length > 0;
};

describe.skipIf(!hasToolchain())('buildByScript', () => {
  let bench: ScriptBench;
  beforeEach(async () => {
    bench = new ScriptBench(await mkdtemp(join(tmpdir(), 'nx-redox-script-')));
    await bench.installToolchain();
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
  });

  it('builds a recipe once at a time: its work folder is one', async () => {
    const script = `echo begin >>"$COOKBOOK_ROOT"/log; sleep 0.3; echo end >>"$COOKBOOK_ROOT"/log\n`;
    await Promise.all([bench.custom('twice', script), bench.custom('twice', script)]);
    expect(await readFile(join(bench.root, 'log'), 'utf8')).toBe('begin\nend\nbegin\nend\n');
  });

  it('refuses what cannot be staged, and a dependency that was not built', async () => {
    const { error } = await bench.custom('pipe', 'mkfifo "$COOKBOOK_STAGE"/pipe\n');
    expect(error).toContain('the script installed pipe, which is neither a file nor a folder nor a link');
    const missing = await bench.custom('x', 'true\n', { dependencies: ['dist/{arch}/{backend}/zlib/stage'] });
    expect(missing.error).toContain('dist/aarch64/llvm/zlib/stage: a dependency has no stage');
    const outside = () => scriptTask({ arch: 'aarch64', backend: 'llvm', recipe: '../x', outputPath: 'd' }, 'x', '/w');
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
        dependencies: ['dist/{arch}/{backend}/{zlib,other}/stage'],
        hostDependencies: ['dist/{arch}/{backend}/tool/stage'],
      },
    );
    expect(user.error).toBe('');
    expect(user.output).toContain('z\nh\nh\ntool runs\n');
    expect(user.output).toContain('usr/include/zlib.h is in dist/aarch64/llvm/zlib/stage and, with other content, in');
    expect(await zlib.read('usr/lib/libz.so.1')).toBe('z\n');
    // What a damaged cache has brought does not get into anything else.
    await bench.write('dist/aarch64/llvm/zlib/stage/usr/lib/libz.so.1', 'Z\n');
    const poisoned = await bench.custom('user', 'true\n', { dependencies: ['dist/{arch}/{backend}/zlib/stage'] });
    expect(poisoned.error).toContain('libz.so.1: the content of this file is not what was built');
  });

  it('builds for this machine what others run: with its compilers, linked as it links', async () => {
    const host = { machine: 'host' as const };
    await bench.write('recipes/codec/codec.c', 'int codec(void) { return 7; }\n');
    const codec = await bench.custom(
      'codec',
      `$CC -c "$COOKBOOK_RECIPE"/codec.c -o codec.o
mkdir -p "$COOKBOOK_STAGE"/usr/lib; $AR rcs "$COOKBOOK_STAGE"/usr/lib/libcodec.a codec.o
`,
      { ...host, outputPath: 'dist/host/codec' },
    );
    expect(codec.error).toBe('');
    await bench.write(
      'recipes/gen/src/Cargo.toml',
      '[package]\nname = "gen"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n',
    );
    await bench.write('recipes/gen/src/Cargo.lock', 'version = 4\n[[package]]\nname = "gen"\nversion = "0.1.0"\n');
    await bench.write(
      'recipes/gen/src/src/main.rs',
      `#[link(name = "codec", kind = "static")]
unsafe extern "C" { fn codec() -> i32; }
fn main() { println!("{} on {}", unsafe { codec() }, std::env::consts::OS); }
`,
    );
    await bench.write(
      'recipes/gen/recipe.toml',
      `[source]\npath = "src"\n[build]\ntemplate = "custom"\nscript = '''
test "$TARGET" = "$COOKBOOK_HOST_TARGET"
test "\${PKG_CONFIG_LIBDIR-unset}" = unset
test "\${COOKBOOK_CONFIGURE_FLAGS[0]}" = --prefix=/usr
export RUSTFLAGS="-L $COOKBOOK_SYSROOT/lib"
cookbook_cargo'''\n`,
    );
    const stages = ['dist/host/codec/stage'];
    const gen = await bench.build('gen', {
      ...host,
      sourcePath: 'recipes/gen/src',
      dependencies: stages,
      hostDependencies: stages,
      outputPath: 'dist/host/gen',
    });
    expect(gen.error === '' ? '' : gen.output + gen.error).toBe('');
    expect(gen.artifact?.files.map(({ path }) => path)).toEqual(['usr/bin/gen']);
    expect(gen.artifact).toMatchObject({ target: expect.stringMatching(/linux|darwin/), crates: [] });
    const user = await bench.custom('user', 'install -d "$COOKBOOK_STAGE"/etc\ngen >"$COOKBOOK_STAGE"/etc/said\n', {
      hostDependencies: [...stages, 'dist/host/gen/stage'],
    });
    expect(user.error).toBe('');
    expect(await user.read('etc/said')).toMatch(/^7 on (linux|macos)\n$/);
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
    // A clone that was stopped is not taken for a source.
    await rm(join(bench.root, 'recipes/git/source/file'));
    const empty = await bench.build('git', { sourcePath: 'recipes/git/source' });
    expect(empty.error).toContain('the source recipes/git/source is empty');
    await bench.write('recipes/git/source/.git/HEAD', 'ref: refs/heads/main\n');
    const half = await bench.build('git', { sourcePath: 'recipes/git/source' });
    expect(half.error).toMatch(/^recipes\/git\/recipe\.toml: the source recipes\/git\/source is half cloned/);
    expect(half.error).toContain('→ remove recipes/git/source, and the next build fetches it again');
  });

  // make is on every machine that builds C; where it is not, there is nothing to see.
  it.skipIf(lacks('make'))('builds template configure, with flags as they were written', async () => {
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
    const spaced = new ScriptBench(join(bench.root, 'my work'));
    await spaced.write('recipes/conf/recipe.toml', '[build]\ntemplate = "configure"\n');
    expect((await spaced.build('conf')).error).toContain('cannot be built in a folder with a space in its name');
  });

  // The host's compiler under the name of a cross compiler: for one architecture it is one.
  describe.skipIf(process.arch !== 'x64' || process.platform !== 'linux' || lacks('gcc'))('with a C compiler', () => {
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

    it.skipIf(lacks('cmake', 'ninja'))('builds template cmake', async () => {
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
    expect(error).toContain('apt install autoconf automake libtool');
  });
});
