import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecipe, parseSystem } from '@nx-redox/recipe/parse';
import type { Tree } from '@nx/devkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { snapshot, treeWithMini } from '../../testing/mini-tree';
import { treeWithUnits } from '../../testing/units-tree';
import { parseToml } from '@nx-redox/kit/toml-edit';
import recipeGenerator from './recipe.impl';

const read = (tree: Tree, file: string) => tree.read(file, 'utf8') ?? '';

/** Lines that a text has more than another one, sorted; it must have all of the other's. */
function addedLines(before: string, after: string): string[] {
  const added = after.split('\n');
  for (const line of before.split('\n')) {
    const at = added.indexOf(line);
    expect(at, line).toBeGreaterThanOrEqual(0);
    added.splice(at, 1);
  }
  return added.filter((line) => line !== '').sort();
}

describe('the generator recipe', () => {
  let tree: Tree;
  let before: Record<string, string>;
  beforeEach(() => {
    tree = treeWithMini();
    before = snapshot(tree);
  });
  const added = (file: string) => addedLines(before[`recipes/mini/${file}`]!, read(tree, `recipes/mini/${file}`));

  it.each([
    ['service', 'bin/hello', 'hello', ['check']],
    ['program', 'bin/hello', 'hello', ['check']],
    ['driver', 'lib/drivers/hello', '/scheme/initfs/lib/drivers/hello', ['zerod', 'nulld']],
  ] as const)(
    'adds a %s to all files that it has a place in, and changes nothing else there',
    async (kind, to, line, next) => {
      await recipeGenerator(tree, { name: 'hello', kind });
      expect(added('initfs/recipe.toml')).toEqual([
        '[[nx.initfs.files]]',
        'from = "hello:usr/bin/hello"',
        `to = "${to}"`,
      ]);
      expect(added('initfs/etc/init.rc')).toEqual([line]);
      expect(added('system.toml')).toEqual([
        '[[stage]]',
        'name = "hello"',
        'pattern = "(^|\\\\] )hello: ready"',
        'timeout = 10',
      ]);
      expect(read(tree, 'recipes/mini/Cargo.lock')).toContain('[[package]]\nname = "hello"\nversion = "0.1.0"\n');
      const { workspace } = parseToml(read(tree, 'recipes/mini/Cargo.toml'), 'f') as {
        workspace: { members: string[] };
      };
      expect(workspace.members).toContain('hello');
      expect(read(tree, 'recipes/mini/hello/src/main.rs')).toContain('"hello: ready');

      const stages = parseSystem(read(tree, 'recipes/mini/system.toml'), 'f').system!.stages.map(({ name }) => name);
      expect(stages.slice(stages.indexOf('hello') + 1)).toEqual(expect.arrayContaining([...next]));
      const others = Object.entries(snapshot(tree))
        .filter(([file, text]) => before[file] !== text)
        .map(([file]) => file);
      expect(others.sort()).toEqual(
        [
          'Cargo.lock',
          'Cargo.toml',
          'hello/Cargo.toml',
          'hello/recipe.toml',
          'hello/src/main.rs',
          'initfs/etc/init.rc',
          'initfs/recipe.toml',
          'system.toml',
        ].map((file) => `recipes/mini/${file}`),
      );
    },
  );

  it('writes recipes and manifests like those of the programs that are there', async () => {
    await recipeGenerator(tree, { name: 'hello', description: 'Says "hello"' });
    const [schema] = read(tree, 'recipes/mini/hello/recipe.toml').split('\n');
    const path = schema!.replace('#:schema ../../../node_modules/@nx-redox/', '../../../../');
    expect(existsSync(join(__dirname, path)), schema).toBe(true);
    expect(read(tree, 'recipes/mini/hello/recipe.toml')).toBe(read(tree, 'recipes/mini/logd/recipe.toml'));
    expect(read(tree, 'recipes/mini/hello/Cargo.toml')).toBe(
      read(tree, 'recipes/mini/logd/Cargo.toml')
        .replace('"logd"', '"hello"')
        .replace('"Log daemon of mini"', '"Says \\"hello\\""'),
    );
  });

  it('takes a crate from a git repository', async () => {
    await recipeGenerator(tree, {
      name: 'clockd',
      git: 'https://example.org/clocks.git',
      rev: 'v1',
      package: 'clock-daemon',
      marker: 'clock: [ok]',
    });
    const { recipe, diagnostics } = parseRecipe(read(tree, 'recipes/mini/clockd/recipe.toml'), 'f');
    expect(diagnostics).toEqual([]);
    expect(recipe).toMatchObject({
      source: { kind: 'git', git: 'https://example.org/clocks.git', rev: 'v1' },
      nx: { kind: 'program', package: 'clock-daemon', spec: 'mini', 'linker-script': '../../rt/program.ld' },
    });
    // Or cargo would take it for a member of mini's own workspace.
    expect(added('Cargo.toml')).toEqual(['exclude = ["clockd/source"]']);
    expect(added('initfs/recipe.toml')).toContain('from = "clockd:usr/bin/clock-daemon"');
    expect(added('system.toml')).toContain('pattern = "(^|\\\\] )clock: \\\\[ok\\\\]"');
    expect(tree.exists('recipes/mini/clockd/Cargo.toml')).toBe(false);
    expect(read(tree, 'recipes/mini/Cargo.lock')).toBe(before['recipes/mini/Cargo.lock']);
  });

  it('writes the lock of a fetched source when its files are there, or says how to do it later', async () => {
    const callback = await recipeGenerator(tree, { name: 'clockd', git: 'file:///nowhere/clocks.git' });
    // The files of this tree are on no disk.
    await expect(callback!()).rejects.toThrow(
      /not its recipes\/mini\/clockd\/recipe\.lock:\n(.*\n)+.*nx run clockd:update-lock/,
    );
  });

  describe('writes nothing and says why', () => {
    const refused = async (options: Parameters<typeof recipeGenerator>[1], reason: RegExp) => {
      const unchanged = snapshot(tree);
      await expect(recipeGenerator(tree, options)).rejects.toThrow(reason);
      expect(snapshot(tree)).toEqual(unchanged);
    };

    it('when it runs twice', async () => {
      await recipeGenerator(tree, { name: 'hello' });
      await refused({ name: 'hello' }, /recipes\/mini\/hello\/recipe\.toml: the name "hello" is taken by a recipe/);
    });
    it.each([
      ['logd', /recipes\/mini\/logd\/recipe\.toml/],
      ['mini', /recipes\/mini\/system\.toml: .* taken by a system/],
      ['toolchain', /toolchain\.toml/],
      ['nulld', /recipes\/mini\/initfs\/recipe\.toml:\d+: .* a file of the initfs/],
      ['done', /recipes\/mini\/system\.toml: .* a boot stage/],
      ['fdt', /recipes\/mini\/Cargo\.lock: there is a package "fdt" already/],
      ['Hello', /use "hello"/],
    ])('for the name %s', (name, reason) => refused({ name }, reason));
    it('for the name of another project', async () => {
      tree.write('apps/shop/project.json', JSON.stringify({ name: 'shop' }));
      await refused({ name: 'shop' }, /apps\/shop\/project\.json: .* another project/);
    });
    it('for a folder that is there', async () => {
      tree.write('recipes/mini/notes/README', '');
      await refused({ name: 'notes' }, /recipes\/mini\/notes is there already/);
    });
    it('for another system than there are', () => refused({ name: 'hello', system: 'minni' }, /did you mean "mini"/));
    it('for options of git without git', () => refused({ name: 'hello', rev: 'v1' }, /--rev .* git/));
    it.each(['https://me:secret@example.org/x', 'https://secret@example.org/x', 'ssh://git:secret@example.org/x'])(
      'for the secret in %s',
      (git) => refused({ name: 'hello', git }, /^(?!.*secret)[^]*password/),
    );
    it('without the plugin in nx.json', async () => {
      tree.write('nx.json', '{}');
      await refused({ name: 'hello' }, /@nx-redox\/plugin:init/);
    });
    it('when the crates that programs use are not there', async () => {
      tree.write('recipes/mini/Cargo.toml', '[workspace]\nmembers = []\n');
      await refused({ name: 'hello', kind: 'driver' }, /Cargo\.toml: a new driver needs fdt and rt/);
    });
    it('when a file has mistakes, with their place', async () => {
      tree.write('recipes/mini/system.toml', `${before['recipes/mini/system.toml']}\n[[stage]]\nnme = "x"\n`);
      await refused({ name: 'hello' }, /recipes\/mini\/system\.toml:\d+:\d+/);
    });
  });

  it('adds to a system that is not the active one, under its name there', async () => {
    tree.write('apps/x/project.json', JSON.stringify({ name: 'hello' }));
    for (const [file, text] of Object.entries(before)) {
      if (file.startsWith('recipes/mini/'))
        tree.write(file.replace('/mini/', '/second/'), text.replace('name = "mini"', 'name = "second"'));
    }
    await recipeGenerator(tree, { name: 'hello', system: 'second' });
    expect(tree.exists('recipes/second/hello/recipe.toml')).toBe(true);
    expect(read(tree, 'recipes/mini/system.toml')).toBe(before['recipes/mini/system.toml']);
  });
});

describe('the generator recipe, in a system whose init runs units of the root file system', () => {
  const UNITS = 'recipes/disk/root/usr/lib/init.d';
  let tree: Tree;
  let before: Record<string, string>;
  beforeEach(() => {
    tree = treeWithUnits();
    before = snapshot(tree);
  });

  it.each([
    ['service', 'notify'],
    ['program', 'oneshot'],
  ] as const)('puts a %s there, with a unit', async (kind, type) => {
    await recipeGenerator(tree, { name: 'hello', kind });
    const others = Object.entries(snapshot(tree)).filter(([file, text]) => before[file] !== text);
    expect(others.map(([file]) => file).sort()).toEqual([
      ...['Cargo.lock', 'Cargo.toml', 'recipe.toml', 'src/main.rs'].map((file) => `recipes/disk/hello/${file}`),
      `${UNITS}/20_hello.service`,
      'recipes/disk/system.toml',
    ]);
    expect(addedLines(before['recipes/disk/system.toml']!, read(tree, 'recipes/disk/system.toml'))).toEqual(
      [
        '[[image.files]]',
        'from = "hello:usr/bin/hello"',
        'to = "usr/bin/hello"',
        '[[stage]]',
        'name = "hello"',
        'pattern = "(^|\\\\] )hello: ready"',
        'timeout = 30',
      ].sort(),
    );
    expect(read(tree, `${UNITS}/20_hello.service`)).toContain(`[service]\ncmd = "hello"\ntype = "${type}"\n`);
    expect(parseRecipe(read(tree, 'recipes/disk/hello/recipe.toml'), 'f').recipe?.nx).toMatchObject({ spec: 'user' });
    expect(parseToml(read(tree, 'recipes/disk/hello/Cargo.toml'), 'f')['workspace']).toEqual({});
    expect(read(tree, 'recipes/disk/hello/src/main.rs')).toContain('"hello: ready');
  });

  it('has the stages in the order in which init runs the units', async () => {
    for (const name of ['late', 'early']) await recipeGenerator(tree, { name });
    const { stages } = parseSystem(read(tree, 'recipes/disk/system.toml'), 'f').system!;
    const names = stages.map(({ name }) => name);
    expect(names.slice(names.indexOf('root file system'))).toEqual([
      'root file system',
      'early',
      'late',
      'login',
      'session',
    ]);
  });

  it.each([
    [{ name: 'shell' }, /recipes\/disk\/shell\/recipe\.toml: .* taken by a recipe/],
    [{ name: 'console' }, /init\.d\/30_console: .* taken by a unit/],
    [{ name: 'hello', kind: 'driver' as const }, /recipes\/disk\/system\.toml: init starts no drivers here/],
  ])('writes nothing for %j, and says why', async (options, reason) => {
    await expect(recipeGenerator(tree, options)).rejects.toThrow(reason);
    expect(snapshot(tree)).toEqual(before);
  });

  it('needs a place where components are started', async () => {
    tree.write(
      'recipes/disk/system.toml',
      before['recipes/disk/system.toml']!.replace('from = "root/usr"', 'from = "base:usr"'),
    );
    await expect(recipeGenerator(tree, { name: 'hello' })).rejects.toThrow(
      /no place where a component is started[^]*image\.files/,
    );
  });
});
