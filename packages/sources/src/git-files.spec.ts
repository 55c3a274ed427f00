import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isGitName } from '@nx-redox/kit';
import { failure, SourceWorkspace, write } from './testing/sources';

let space: SourceWorkspace;
let pwned: string;
beforeEach(() => {
  space = new SourceWorkspace();
  pwned = join(space.temporary, 'pwned');
});
afterEach(() => space.remove());

const added = (name: string, lines: string[]) =>
  `--- ${name.replace(/^("?)b/, '$1a')}\n+++ ${name}\n@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join('')}`;
const setting = () => ['[core]', `\tfsmonitor = "id > ${pwned}; false"`];
const hook = () => ['#!/bin/sh', `id > ${pwned}`];

/** Whatever a fetch made of it: no command of the recipe ran, and none is left to run later. */
function expectHarmless(): void {
  expect(existsSync(pwned)).toBe(false);
  const source = join(space.root, 'r/a/source');
  if (!existsSync(source)) return;
  execFileSync('git', ['status'], { cwd: source, env: space.processEnv });
  execFileSync('git', ['add', '--all'], { cwd: source, env: space.processEnv });
  expect(existsSync(pwned)).toBe(false);
}

describe('patches', () => {
  it.each<[string, () => string]>([
    ['settings of git', () => added('b/.git/config', setting())],
    ['a quoted name', () => added('"b/\\056git/config"', setting())],
    ['a name in quotes with a letter as octal digits', () => added('"b/.\\147it/config"', setting())],
    ['an Index line', () => `Index: .git/config\n${added('b/x', setting()).split('\n').slice(2).join('\n')}`],
    [
      'an Index line with a folder before',
      () => `Index: a/.git/config\n===\n${added('b/x', setting()).split('\n').slice(2).join('\n')}`,
    ],
    [
      'a hook with a mode',
      () =>
        `diff --git a/.git/hooks/post-index-change b/.git/hooks/post-index-change\nnew file mode 100755\n${added('b/.git/hooks/post-index-change', hook()).replace(/^.*\n/, '--- /dev/null\n')}`,
    ],
    [
      'a context diff',
      () =>
        `*** a/.git/config\n--- b/.git/config\n***************\n*** 0 ****\n--- 1,2 ----\n${setting()
          .map((line) => `+ ${line}\n`)
          .join('')}`,
    ],
    ['an ed script', () => `Index: .git/config\n0a\n${setting().join('\n')}\n.\n`],
    [
      'a rename',
      () =>
        'diff --git a/main.txt b/.git/hooks/x\nsimilarity index 100%\nrename from main.txt\nrename to .git/hooks/x\n',
    ],
    ['capitals', () => added('b/.GIT/config', setting())],
    ['the short name of DOS', () => added('b/git~1/config', setting())],
    ['a character that HFS+ does not see', () => added('b/.g\u200cit/config', setting())],
    ['a name with a blank at its end, which Windows does not see', () => added('"b/.git /config"', setting())],
    ['the file of a submodule', () => added('b/sub/.git', ['gitdir: ../evil'])],
    ['a dot between', () => added('b/./.git/config', setting())],
    ['two slashes', () => added('b//.git/config', setting())],
    ['backslashes', () => added('b/.git\\config', setting())],
    [
      'a link into it',
      () =>
        'diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+.git/hooks\n\\ No newline at end of file\n',
    ],
  ])('cannot write git’s own files: %s', async (_, patch) => {
    space.write('r/a/x.patch', patch());
    const text = await failure(space.fetched('patches = ["x.patch"]'));
    expect(text).toMatch(/git's own files|cannot be applied/);
    expectHarmless();
    expect(space.exists('r/a/source')).toBe(false);
    expect(space.leftovers('r/a')).toEqual([]);
  });

  it('cannot write those of a submodule', async () => {
    const inner = space.repository('inner');
    inner.commit({ 'i.txt': 'i\n' });
    const outer = space.repository('outer');
    outer.commit({ 'o.txt': 'o\n' });
    outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.path, 'sub');
    outer.commit({});
    writeFileSync(space.gitConfig, '[protocol "file"]\n\tallow = always\n');
    const recipe = `[source]\ngit = "${outer.path}"\npatches = ["x.patch"]\n`;
    space.write('r/a/recipe.toml', recipe);
    space.write('r/a/x.patch', added('"b/sub/\\056git/config"', setting()));
    expect(await failure(space.update('r/a'))).toContain("git's own files");
    expectHarmless();
    // What is beside them is changed as before, and the repositories stay whole.
    space.write('r/a/x.patch', added('b/sub/new.txt', ['n']).replace(/^.*\n/, '--- /dev/null\n'));
    await space.update('r/a');
    expect(space.read('r/a/source/sub/new.txt')).toBe('n\n');
    expect(space.gitIn('r/a', 'rev-parse', 'HEAD')).toMatch(/^[0-9a-f]{40}$/);
    expect(space.gitIn('r/a', '-C', 'sub', 'rev-parse', 'HEAD')).toMatch(/^[0-9a-f]{40}$/);
  });

  it('may touch files whose names only look alike', async () => {
    for (const name of ['.gitignore', '.gitattributes', '.github/x', 'git/x', 'a.git/x', 'git~x']) {
      space.write('r/a/x.patch', added(`b/${name}`, ['x']).replace(/^.*\n/, '--- /dev/null\n'));
      await space.fetched('patches = ["x.patch"]');
      expect(space.read(`r/a/source/${name}`)).toBe('x\n');
      rmSync(join(space.root, 'r'), { recursive: true });
      rmSync(join(space.temporary, 'repositories'), { recursive: true });
    }
  });
});

describe('the script of a source', () => {
  it.each([
    ['a setting', (out: string) => `printf '[core]\\n\\tfsmonitor = "id > ${out}; false"\\n' >> .git/config`],
    [
      'a hook',
      (out: string) =>
        `mkdir -p .git/hooks; printf '#!/bin/sh\\nid > ${out}\\n' > .git/hooks/post-index-change; chmod +x .git/hooks/post-index-change`,
    ],
    ['attributes', () => `mkdir -p .git/info; echo '* filter=x' > .git/info/attributes`],
    ['another place for objects', () => `echo /nowhere > .git/objects/info/alternates`],
    ['a link in place of a file', () => `mv .git/HEAD ../head; ln -s ../../head .git/HEAD`],
    ['a repository in another place', () => `mv .git ../elsewhere; echo 'gitdir: ../elsewhere' > .git`],
    ['no repository any more', () => `rm -r .git`],
    ['a link to one', (out: string) => `mkdir -p ${out}d; ln -s ${out}d .GIT`],
  ])('cannot leave %s behind', async (_, script) => {
    const text = await failure(space.fetched(`script = '''\n${script(pwned)}\n'''`));
    expect(text).toContain("git's own files");
    expectHarmless();
    expect(space.exists('r/a/source')).toBe(false);
  });

  it('may use git, and what it clones loses its repository', async () => {
    const other = space.repository('other');
    other.commit({ 'lib.txt': 'l\n' });
    await space.fetched(
      `script = '''\ngit add --all; git -c user.name=a -c user.email=a commit --quiet --allow-empty -m x; git log -1; git clone --quiet ${other.path} lib\nprintf '[core]\\n\\tfsmonitor = "id > ${pwned}; false"\\n' >> lib/.git/config\n'''`,
    );
    expect(space.read('r/a/source/lib/lib.txt')).toBe('l\n');
    expect(space.exists('r/a/source/lib/.git')).toBe(false);
    expect(space.lines.join('\n')).toContain('lib/.git');
    expectHarmless();
  });
});

describe('variables of the user', () => {
  it('reach the script of a source only if the recipe asks for them', async () => {
    const env = {
      ...space.env,
      GITHUB_TOKEN: 'secret',
      CARGO_REGISTRY_TOKEN: 'secret',
      SSH_AUTH_SOCK: '/s',
      LC_ALL: 'tr',
    };
    const repository = space.repository('one');
    repository.commit({ x: '1' });
    const recipe = `[source]\ngit = "${repository.path}"\nscript = "env > variables"\n`;
    space.write('r/a/recipe.toml', recipe);
    await space.update('r/a', {}, { env });
    const names = () => space.read('r/a/source/variables').match(/^\w+(?==)/gm);
    expect(names()).toEqual(expect.arrayContaining(['PATH', 'HOME', 'COOKBOOK_SOURCE', 'COOKBOOK_RECIPE']));
    for (const name of ['GITHUB_TOKEN', 'CARGO_REGISTRY_TOKEN', 'SSH_AUTH_SOCK', 'LC_ALL']) {
      expect(names()).not.toContain(name);
    }
    space.write('r/b/recipe.toml', `${recipe}[nx]\nenv = ["GITHUB_TOKEN"]\n`);
    await space.update('r/b', {}, { env });
    expect(space.read('r/b/source/variables')).toContain('GITHUB_TOKEN=secret');
    expect(space.read('r/b/source/variables')).not.toContain('CARGO_REGISTRY_TOKEN');
    space.write('r/c/recipe.toml', `${recipe}[nx]\nenv = ["A=b"]\n`);
    expect(await failure(space.update('r/c'))).toContain(
      'r/c/recipe.toml:5:8: nx.env[1] must be the name of a variable',
    );
  });
});

describe('git', () => {
  it('runs no program that an address names', async () => {
    for (const url of [`ext::sh -c id% >% ${pwned}`, 'fd::3', 'testgit::x']) {
      space.write('r/a/recipe.toml', `[source]\ngit = "${url}"\n`);
      expect(
        await failure(space.update('r/a', {}, { env: { ...space.env, GIT_ALLOW_PROTOCOL: 'ext:file:fd' } })),
      ).toContain('names a program');
    }
    expect(existsSync(pwned)).toBe(false);
  });

  it('runs no hook, monitor or filter that the user has for repositories of their own', async () => {
    const hooks = join(space.temporary, 'hooks');
    for (const name of ['post-checkout', 'post-index-change', 'pre-commit', 'reference-transaction']) {
      write(join(hooks, name), `#!/bin/sh\nid >> ${pwned}\n`);
      execFileSync('chmod', ['+x', join(hooks, name)]);
    }
    writeFileSync(
      space.gitConfig,
      `[core]\n\thooksPath = ${hooks}\n\tfsmonitor = "id >> ${pwned}; false"\n[filter "x"]\n\tsmudge = "id >> ${pwned}; cat"\n\tclean = "id >> ${pwned}; cat"\n\trequired = true\n`,
    );
    const repository = space.repository('one');
    execFileSync('sh', ['-c', 'printf "m\\n" > main.txt; echo "* filter=x" > .gitattributes'], {
      cwd: repository.path,
    });
    execFileSync('git', ['add', '--all'], {
      cwd: repository.path,
      env: { ...space.processEnv, GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    execFileSync('git', ['commit', '--quiet', '-m', 'x'], {
      cwd: repository.path,
      env: { ...space.processEnv, GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    space.write('r/a/x.patch', added('b/new', ['x']).replace(/^.*\n/, '--- /dev/null\n'));
    space.write('r/a/recipe.toml', `[source]\ngit = "${repository.path}"\npatches = ["x.patch"]\nscript = "true"\n`);
    await space.update('r/a');
    await space.fetch('r/a');
    expect(space.read('r/a/source/main.txt')).toBe('m\n');
    expect(existsSync(pwned) ? readFileSync(pwned, 'utf8') : '').toBe('');
  });
});

describe('archives', () => {
  it('bring no repository, however it is written', async () => {
    for (const [name, how] of [
      ['.git', 'left out'],
      ['.GIT', 'refused'],
      ['git~1', 'refused'],
      ['.git ', 'refused'],
      ['.g\u200dit', 'refused'],
    ] as const) {
      const from = join(space.temporary, 'from');
      mkdirSync(join(from, 'p', name, 'hooks'), { recursive: true });
      writeFileSync(join(from, 'p', name, 'config'), setting().join('\n'));
      writeFileSync(join(from, 'p/a'), 'a');
      execFileSync('tar', ['-cf', join(space.temporary, 'p.tar'), '-C', from, 'p']);
      rmSync(from, { recursive: true });
      space.write('r/a/recipe.toml', `[source]\ntar = "${space.temporary}/p.tar"\n`);
      const text = await failure(space.update('r/a'));
      if (how === 'refused') expect(text).toContain("git's own files");
      else expect(readdirSync(join(space.root, 'r/a/source'))).toEqual(['a']);
      rmSync(join(space.root, 'r'), { recursive: true });
    }
  });
});

describe('isGitName', () => {
  it('knows every way to write it', () => {
    const ignorable = ['\u200c', '\u200d', '\u200e', '\u200f', '\u202a', '\u202e', '\u206a', '\u206f', '\ufeff'];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(4), fc.constantFrom(...ignorable)), { maxLength: 6 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.stringMatching(/^[ .]*$/),
        fc.constantFrom('', ':x', '::$INDEX_ALLOCATION'),
        (inserts, capitals, tail, stream) => {
          let name = [...'.git'].map((char, index) => (capitals[index] ? char.toUpperCase() : char)).join('');
          for (const [at, char] of inserts) name = name.slice(0, at) + char + name.slice(at);
          expect(isGitName(name)).toBe(true);
          if (inserts.length === 0) expect(isGitName(name + tail + stream)).toBe(true);
        },
      ),
    );
    for (const name of ['git~1', 'GIT~1', 'gi7eba~1', 'GI7EBA~9', '.git.', '.git...', '.git . ']) {
      expect(isGitName(name), name).toBe(true);
    }
    for (const name of ['git', '.gitignore', '.git-x', 'x.git', '.gi', 'git~', 'git~12', '', '.', '..', '.gıt']) {
      expect(isGitName(name), name).toBe(false);
    }
  });
});
