import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, SourceWorkspace, write } from './testing/sources';

let space: SourceWorkspace;
beforeEach(() => {
  space = new SourceWorkspace();
});
afterEach(() => space.remove());

/** A repository with everything that settings of a user could change, and a recipe for it, locked without any. */
async function locked(): Promise<void> {
  const repository = space.repository('one');
  execFileSync('ln', ['-s', 'unix.c', join(repository.path, 'link.c')]);
  repository.commit({
    'unix.c': 'a\nb\n',
    'dos.c': 'a\r\nb\r\n',
    'forced.bat': 'a\nb\n',
    'run.sh': '#!/bin/sh\n',
    'image.bin': 'a\nb\0\n',
    'id.txt': '$Id$\n',
    '.gitattributes': '*.bat eol=crlf\n*.bin filter=lfs\nid.txt ident\n',
    '.gitignore': '*.o\n',
  });
  repository.git('update-index', '--chmod=+x', 'run.sh');
  repository.git('commit', '--quiet', '-m', 'mode');
  repository.git('checkout', '--quiet', '--force', 'main');
  space.write(
    'r/a/fix.patch',
    '--- a/unix.c\n+++ b/unix.c\n@@ -1,2 +1,2 @@\n-a\n+A\n b\n--- a/dos.c\n+++ b/dos.c\n@@ -1,2 +1,2 @@\n-a\r\n+A\r\n b\r\n',
  );
  space.write(
    'r/a/recipe.toml',
    `[source]\ngit = "${repository.path}"\npatches = ["fix.patch"]\nscript = "ls > names; true"\n`,
  );
  await space.update('r/a');
  expect(space.read('r/a/source/dos.c')).toBe('A\r\nb\r\n');
}

/** Fetches once more as somebody who has nothing yet, and checks that the tree is the one that the lock names. */
async function expectSame(env: NodeJS.ProcessEnv = {}): Promise<void> {
  rmSync(join(space.root, 'r/a/source'), { recursive: true, force: true });
  rmSync(join(space.root, 'r/a/.source.json'), { force: true });
  rmSync(join(space.temporary, 'store'), { recursive: true, force: true });
  expect(await failure(space.fetch('r/a', { env: { ...space.env, ...env } }))).toBe('no error');
  expect(space.read('r/a/source/unix.c')).toBe('A\nb\n');
  // And the next look at it, by the same user, finds no change either.
  expect(await space.fetch('r/a', { env: { ...space.env, ...env } })).toMatchObject({ done: 'up-to-date' });
}

describe('a tree is the same', () => {
  it.each([
    ['core.autocrlf', '[core]\n\tautocrlf = true\n\tsafecrlf = true\n'],
    ['core.eol', '[core]\n\teol = crlf\n[core]\n\tautocrlf = input\n'],
    ['core.symlinks', '[core]\n\tsymlinks = false\n'],
    [
      'core.fileMode and core.ignoreCase',
      '[core]\n\tfileMode = false\n\tignoreCase = true\n\tprecomposeUnicode = true\n',
    ],
    ['filters', '[filter "lfs"]\n\tsmudge = "echo smudged"\n\tclean = cat\n\trequired = true\n'],
    ['a filter that is not installed', '[filter "lfs"]\n\tprocess = no-such-program\n\trequired = true\n'],
    [
      'how whitespace is fixed',
      '[apply]\n\twhitespace = fix\n\tignoreWhitespace = change\n[core]\n\twhitespace = cr-at-eol\n',
    ],
    [
      'a split index and sparse checkouts',
      '[core]\n\tsplitIndex = true\n\tsparseCheckout = true\n\tuntrackedCache = true\n',
    ],
    [
      'submodules and quoted names',
      '[core]\n\tquotePath = true\n[submodule]\n\trecurse = true\n[checkout]\n\tworkers = 2\n',
    ],
    ['names of first branches and signatures', '[init]\n\tdefaultBranch = x\n[commit]\n\tgpgSign = true\n'],
  ])('whatever the user has for %s', async (_, config) => {
    await locked();
    writeFileSync(space.gitConfig, config);
    await expectSame();
  });

  it('whatever attributes and excludes the user has, in each place', async () => {
    await locked();
    const files = join(space.temporary, 'user-files');
    write(join(files, 'git/attributes'), '*.c eol=crlf\n*.sh text eol=crlf\n*.txt -ident\n');
    write(join(files, 'git/ignore'), '*.c\nnames\n');
    await expectSame({ XDG_CONFIG_HOME: files });
    write(join(space.temporary, '.config/git/attributes'), '*.c eol=crlf\n');
    write(join(space.temporary, '.config/git/ignore'), '*.c\n');
    await expectSame();
    writeFileSync(
      space.gitConfig,
      `[core]\n\tattributesFile = ${files}/git/attributes\n\texcludesFile = ${files}/git/ignore\n`,
    );
    await expectSame();
    await expectSame({
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.attributesFile',
      GIT_CONFIG_VALUE_0: `${files}/git/attributes`,
    });
    await expectSame({ GIT_CONFIG_PARAMETERS: "'core.autocrlf'='true'" });
  });

  it('in every language and with every umask', async () => {
    await locked();
    await expectSame({ LC_ALL: 'tr_TR.UTF-8', LANG: 'de_DE.UTF-8', LANGUAGE: 'de' });
    const before = process.umask(0o077);
    try {
      await expectSame();
      process.umask(0o002);
      await expectSame();
    } finally {
      process.umask(before);
    }
  });

  it('for an archive, too', async () => {
    const from = join(space.temporary, 'from/p-1');
    write(join(from, 'a.c'), 'a\r\n');
    write(join(from, '.gitattributes'), '* text=auto\n');
    execFileSync('chmod', ['0700', join(from, 'a.c')]);
    const archive = join(space.temporary, 'p.tar');
    execFileSync('tar', ['-cf', archive, '-C', join(space.temporary, 'from'), 'p-1']);
    space.write('r/a/recipe.toml', `[source]\ntar = "${archive}"\n`);
    const digests = new Set<string | undefined>();
    const before = process.umask();
    for (const [umask, config] of [
      [0o022, ''],
      [0o077, '[core]\n\tautocrlf = true\n'],
      [0o000, '[core]\n\tfileMode = false\n'],
    ] as const) {
      process.umask(umask);
      writeFileSync(space.gitConfig, config);
      rmSync(join(space.root, 'r/a/recipe.lock'), { force: true });
      rmSync(join(space.root, 'r/a/source'), { recursive: true, force: true });
      await space.update('r/a').finally(() => process.umask(before));
      digests.add(/digest = .*/.exec(space.read('r/a/recipe.lock'))?.[0]);
      expect(await space.fetch('r/a')).toMatchObject({ done: 'up-to-date' });
    }
    expect(digests.size).toBe(1);
    expect(existsSync(join(space.root, 'r/a/source/a.c'))).toBe(true);
  });

  it('and a recipe whose line ends a checkout changed is the same recipe, or says so', async () => {
    await locked();
    space.write('r/a/fix.patch', '--- a/unix.c\n+++ b/unix.c\n@@ -1,2 +1,2 @@\n-a\n+A\n b\n');
    const recipe = space
      .read('r/a/recipe.toml')
      .replace('script = "ls > names; true"', 'script = """\nls > names\ntrue\n"""');
    space.write('r/a/recipe.toml', recipe);
    await space.update('r/a', { keep: true });
    space.write('r/a/recipe.toml', recipe.replaceAll('\n', '\r\n'));
    await expectSame();
    space.write('r/a/fix.patch', space.read('r/a/fix.patch').replaceAll(/\r?\n/g, '\r\n'));
    const text = await failure(space.fetch('r/a'));
    expect(text).toContain('the patch fix.patch has other line ends');
    expect(text).toContain('*.patch -text');
  });
});

describe('names that a file system does not tell apart', () => {
  it('are no matter where it does', async () => {
    const repository = space.repository('one');
    repository.commit({ Readme: '1', README: '2', ä: '3', 'a\u0308': '4' });
    space.write('r/a/recipe.toml', `[source]\ngit = "${repository.path}"\n`);
    const text = await failure(space.update('r/a'));
    // On Linux there are four files; elsewhere it must not pass.
    if (process.platform === 'linux') expect(space.read('r/a/source/README')).toBe('2');
    else expect(text).toContain('does not tell');
  });
});
