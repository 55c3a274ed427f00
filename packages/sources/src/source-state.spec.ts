import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SAFE_GIT } from '@nx-redox/kit';
import { main } from './cli/cli';
import { editedOf, recipeState, sourceState } from './source-state';

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
  const isEdited = async (dir: string, patches: string[] = []) => (await editedOf([{ dir, patches }])).length === 1;
  const SCRIPT = join(__dirname, '../bin/redox-source.sh');
  /** What Nx asks of a recipe, by the script; `node` is found if `needsNode`. */
  const fromScript = (args: readonly string[], needsNode: boolean) => {
    // Without Node on PATH, what the script leaves to it fails.
    const names = ['sh', 'git', 'find', 'dirname', 'sha256sum', 'sort', ...(needsNode ? ['node'] : [])];
    const PATH = join(root, needsNode ? 'with-node' : 'without');
    mkdirSync(PATH, { recursive: true });
    for (const name of names) {
      const file = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
      if (!existsSync(join(PATH, name))) symlinkSync(file, join(PATH, name));
    }
    return spawnSync('sh', [SCRIPT, 'state', ...args], { cwd: root, encoding: 'utf8', env: { ...process.env, PATH } });
  };
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
    await isNew('a setting about modes', () => git('one', 'config', 'core.fileMode', 'false'));
    await isNew('a mode that git overlooks by it', () => chmodSync(join(root, 'one/.gitignore'), 0o755));
    await isNew('settings that decide about line ends', () => git('one', 'config', 'core.autocrlf', 'true'));
  });

  it('is the same without Node, which is not needed for a commit and a few plain files', async () => {
    write('recipe/recipe.toml', '');
    write('.gitignore', '**/my_*\nsource\ntarget\n');
    git('.', 'init', '-q');
    const check = async (needsNode: boolean) => {
      for (const args of [
        ['one', '--recipe', 'recipe'],
        ['--recipe', 'recipe'],
      ]) {
        const source = args.length === 3 ? [await state('one')] : [];
        const expected = [...source, await recipeState(join(root, 'recipe')), ''].join('\n');
        const needed = needsNode && (args.length === 3 || expected !== 'plain\n');
        expect(fromScript(args, needed)).toMatchObject({ status: 0, stdout: expected });
        if (needed) expect(fromScript(args, false).status).toBe(127);
      }
    };
    await check(false);
    git('one', 'config', 'filter.x.clean', 'tr a  b');
    await check(false);
    write('one/target/CACHEDIR.TAG', '');
    await check(true);
    rmSync(join(root, 'one/target'), { recursive: true });
    git('one', 'update-index', '--skip-worktree', 'a.rs');
    await check(true);
    git('one', 'update-index', '--no-skip-worktree', 'a.rs');
    for (const [file, needsNode] of [
      ['one/b.rs', false],
      ['one/sub/c+d-e.rs', false],
      ['one/with space', true],
      ['one/-f', true],
      ['one/ü', true],
      ['one/made', true],
    ] as const) {
      write(file, '');
      await check(needsNode);
      unlinkSync(join(root, file));
    }
    write('one/a.rs', 'edited');
    write('one/a+.rs', 'new');
    write('one/a/b.rs', 'new');
    await check(false);
    git('one', 'add', 'a.rs', 'a+.rs');
    write('one/a.rs', 'edited again');
    await check(false);
    for (const mode of [0o755, 0o645]) {
      chmodSync(join(root, 'one/a.rs'), mode);
      await check(true);
    }
    chmodSync(join(root, 'one/a.rs'), 0o644);
    for (let index = 2; index < 50; index++) write(`one/many/${index}`, '');
    await check(true);
    unlinkSync(join(root, 'one/many/49'));
    await check(false);
    unlinkSync(join(root, 'one/a.rs'));
    await check(true);
    symlinkSync('a+.rs', join(root, 'one/a.rs'));
    await check(true);
    git('one', 'reset', '-q', '--hard');
    git('one', 'clean', '-fdq');
    await check(false);
    for (const change of [
      () => symlinkSync('x', join(root, 'recipe/link')),
      () => chmodSync(join(root, 'recipe/recipe.toml'), 0o755),
      () => mkdirSync(join(root, 'recipe/empty')),
      () => write('recipe/my_settings', ''),
      () => write('recipe/my_folder/x', ''),
    ]) {
      change();
      await check(true);
      rmSync(join(root, 'recipe'), { recursive: true });
      write('recipe/recipe.toml', '');
    }
    // What builds make beside it is not the recipe's.
    write('recipe/target/empty/x', '');
    symlinkSync('y', join(root, 'recipe/source.d'));
    await check(true);
    unlinkSync(join(root, 'recipe/source.d'));
    symlinkSync('y', join(root, 'recipe/source'));
    await check(false);
    symlinkSync('one', join(root, 'linked'));
    expect(fromScript(['linked', '--recipe', 'recipe'], true).stdout).toMatch(/^missing \d+\nplain\n$/);
    expect(fromScript(['nowhere', '--recipe', 'recipe'], true).stdout).toMatch(/^missing \d+\nplain\n$/);
    expect(fromScript(['one'], true).stdout).toBe(`${await state('one')}\n`);
    expect(fromScript([], true).status).toBe(2);
    // Without git nothing is ignored, and so Nx may see less than is there.
    rmSync(join(root, '.git'), { recursive: true });
    unlinkSync(join(root, 'recipe/source'));
    await check(true);
  });

  it('runs git as safely from the script', () => {
    const text = readFileSync(SCRIPT, 'utf8');
    expect(text).toContain(`command git ${SAFE_GIT.join(' ')} "$@"`);
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
    git('one', 'config', 'submodule.sub.ignore', 'all');
    const clean = await state('one');
    write('one/sub/a.rs', 'edited');
    const edited = await state('one');
    write('one/sub/a.rs', 'again');
    const states = [clean, edited, await state('one')];
    git('.', 'clone', '-q', 'one', 'without');
    states.push(await state('without'));
    git('.', 'clone', '-q', '--recurse-submodules', 'one', 'with');
    expect(new Set(states).size).toBe(4);
    expect(await state('with')).toBe(clean);
    expect(fromScript(['with', '--recipe', 'up'], true).stdout).toContain(`${clean}\n`);
  });

  it('knows what files that git converts hold in the work tree, where a commit has more than one form of them', async () => {
    write('two/a.rs', '$Id$\n');
    write('two/.gitattributes', 'a.rs text=auto\nb.rs filter=kept\n');
    write('two/b.rs', 'kept outside\n');
    git('two', 'config', 'filter.kept.clean', 'echo kept outside');
    git('two', 'add', '-A');
    git('two', 'commit', '-qm', 'converted');
    const seen = new Set([await state('two')]);
    const isNew = async (file: string, text: string) => {
      write(file, text);
      git('two', 'add', '-A');
      expect(git('two', 'status', '--porcelain').toString()).toBe('');
      const now = await state('two');
      expect([file, seen.has(now)]).toEqual([file, false]);
      seen.add(now);
      expect(fromScript(['two', '--recipe', 'up'], true).stdout).toContain(`${now}\n`);
    };
    await isNew('two/a.rs', '$Id$\r\n');
    await isNew('two/b.rs', 'brought by a filter\n');
    git('two', 'config', 'core.autocrlf', 'input');
    seen.add(await state('two'));
    git('two', 'rm', '-q', '.gitattributes');
    write('two/c.rs', 'one\n');
    git('two', 'add', '-A');
    git('two', 'commit', '-qm', 'by settings');
    seen.add(await state('two'));
    await isNew('two/c.rs', 'one\r\n');
  });

  it('is not deceived by an object that stands for another', async () => {
    const clean = await state('two');
    const [first] = git('two', 'rev-parse', 'HEAD').toString().split('\n');
    write('two/a.rs', 'replaced');
    git('two', 'commit', '-qam', 'other');
    git('two', 'replace', first!, 'HEAD');
    git('two', 'checkout', '-q', first!);
    write('two/a.rs', 'replaced');
    expect(await state('two')).not.toBe(clean);
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
    write('.gitignore', '**/my_*\nsource\n');
    git('.', 'init', '-q');
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
    await isNew(() => write('r/my_settings', '1'));
    await isNew(() => write('r/my_settings', '2'));
    await isNew(() => write('r/my_folder/x', '1'));
    await isNew(() => write('r/my_folder/x', '2'));
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
