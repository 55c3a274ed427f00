import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './cli/cli';
import { isEdited, recipeState, sourceState } from './source-state';

describe('sourceState', () => {
  let root: string;
  const git = (dir: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'protocol.file.allow=always', ...args], {
      cwd: join(root, dir),
      stdio: 'pipe',
    });
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const state = (dir: string) => sourceState(join(root, dir));
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-state-'));
    write('up/a.rs', 'a');
    write('up/.gitignore', 'made\ntarget\n');
    git('up', 'init', '-q', '-b', 'main');
    git('up', 'add', '-A');
    git('up', 'commit', '-qm', 'one');
    git('.', 'clone', '-q', 'up', 'one');
    git('.', 'clone', '-q', 'up', 'two');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is the same for two clones of a commit, and another for everything that a build can find', async () => {
    const clean = await state('one');
    expect(await state('two')).toBe(clean);
    const seen = new Set([clean]);
    const isNew = async (what: string, change: () => void) => {
      change();
      const now = await state('one');
      expect([what, seen.has(now)]).toEqual([what, false]);
      seen.add(now);
    };
    await isNew('an edit', () => write('one/a.rs', 'b'));
    await isNew('the same size and another content', () => write('one/a.rs', 'c'));
    await isNew('a new file', () => write('one/new/b.rs', 'b'));
    await isNew('a file that git ignores', () => write('one/made', 'x'));
    await isNew('another content of it', () => write('one/made', 'y'));
    await isNew('a link', () => symlinkSync('a.rs', join(root, 'one/link')));
    await isNew('a removed file', () => unlinkSync(join(root, 'one/a.rs')));
    await isNew('a commit', () => {
      git('one', 'add', '-A');
      git('one', 'commit', '-qm', 'two');
    });
    await isNew('a file that git was told not to look at', () => {
      git('one', 'update-index', '--assume-unchanged', 'new/b.rs');
      write('one/new/b.rs', 'hidden');
    });
    await isNew('settings that decide about line ends', () => git('one', 'config', 'core.autocrlf', 'true'));
  });

  it('leaves out what cargo marks as a cache', async () => {
    const clean = await state('one');
    write('one/target/CACHEDIR.TAG', '');
    write('one/target/debug/x', 'x');
    expect(await state('one')).toBe(clean);
  });

  it('sees into submodules and repositories below', async () => {
    git('one', 'submodule', '--quiet', 'add', join(root, 'up'), 'sub');
    git('one', 'commit', '-qm', 'sub');
    const clean = await state('one');
    write('one/sub/a.rs', 'edited');
    const edited = await state('one');
    write('one/sub/a.rs', 'again');
    expect(new Set([clean, edited, await state('one')]).size).toBe(3);
  });

  it('reads every file of a folder without git, and says when there is none', async () => {
    write('plain/x', '1');
    const before = await state('plain');
    write('plain/x', '2');
    expect(await state('plain')).not.toBe(before);
    expect(await state('nowhere')).toBeUndefined();
  });

  it('knows edits and commits that the server does not have', async () => {
    expect(await isEdited(join(root, 'one'))).toBe(false);
    write('one/a.rs', 'b');
    expect(await isEdited(join(root, 'one'))).toBe(true);
    git('one', 'commit', '-qam', 'mine');
    expect(await isEdited(join(root, 'one'))).toBe(true);
    expect(await isEdited(join(root, 'nowhere'))).toBe(false);
  });

  it('takes the patches of the recipe in a work tree for no edits, and anything beyond them for one', async () => {
    write('one/new.rs', 'new\n');
    write('one/a.rs', 'patched\n');
    git('one', 'add', '-AN');
    write('fix.patch', git('one', 'diff').toString());
    git('one', 'reset', '-q');
    const edited = () => isEdited(join(root, 'one'), [join(root, 'fix.patch')]);
    const objects = () => git('one', 'count-objects', '-v').toString();
    const before = objects();
    expect(await isEdited(join(root, 'one'))).toBe(true);
    expect(await edited()).toBe(false);
    expect(objects()).toBe(before);
    write('one/a.rs', 'patched, and edited\n');
    expect(await edited()).toBe(true);
    write('one/a.rs', 'patched\n');
    write('one/other.rs', 'x');
    expect(await edited()).toBe(true);
    unlinkSync(join(root, 'one/other.rs'));
    expect(await edited()).toBe(false);
    // Half of the patch.
    unlinkSync(join(root, 'one/new.rs'));
    expect(await edited()).toBe(true);
    // A patch that does not fit.
    write('fix.patch', 'nothing');
    expect(await edited()).toBe(true);
  });

  it('is a program that never gives a missing source the same digest', async () => {
    let out = '';
    const io = { out: (text: string) => void (out += text), err: (text: string) => void (out += text) };
    expect(await main(['state', 'one'], io, root)).toBe(0);
    expect(out).toBe(`${await state('one')}\n`);
    out = '';
    expect(await main(['state', 'nowhere'], io, root)).toBe(0);
    expect(out).toMatch(/^missing \d+\n$/);
    expect(await main(['state'], io, root)).toBe(2);
  });

  it("knows links, modes and empty folders in a recipe's folder, and what links lead to", async () => {
    for (const file of ['r/recipe.toml', 'r/run', 'shared/note', 'shared/folder/x']) write(file, '');
    const seen = new Set<string>();
    const isNew = async (change: () => void) => {
      change();
      const now = await recipeState(join(root, 'r'));
      expect(seen.has(now)).toBe(false);
      seen.add(now);
    };
    await isNew(() => undefined);
    await isNew(() => chmodSync(join(root, 'r/run'), 0o755));
    await isNew(() => mkdirSync(join(root, 'r/empty')));
    await isNew(() => symlinkSync('../shared/note', join(root, 'r/note')));
    await isNew(() => write('shared/note', 'other'));
    await isNew(() => symlinkSync('../shared/folder', join(root, 'r/folder')));
    await isNew(() => write('shared/folder/x', 'other'));
    await isNew(() => symlinkSync('nowhere', join(root, 'r/dangling')));
    const before = await recipeState(join(root, 'r'));
    // Nx hashes content itself, and the source is asked for on its own.
    write('r/recipe.toml', 'changed');
    write('r/source/x', '');
    write('r/target/y', '');
    expect(await recipeState(join(root, 'r'))).toBe(before);
    const lines: string[] = [];
    const output = { out: (text: string) => lines.push(text), err: (text: string) => lines.push(text) };
    expect(await main(['state', '--recipe', 'r'], output, root)).toBe(0);
    expect(await main(['state', 'one', '--recipe', 'r'], output, root)).toBe(0);
    expect(lines).toEqual([`${before}\n`, `${await state('one')}\n`, `${before}\n`]);
    for (const wrong of [['state', '--recipe'], ['state'], ['state', 'a', 'b']]) {
      expect(await main(wrong, output, root)).toBe(2);
    }
  });
});
