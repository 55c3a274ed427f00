import { formatDiagnostic } from '@nx-redox/kit/toml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigReader, isUsable } from './merge';

const reader = (files: Record<string, string>) =>
  new ConfigReader((file) => (Object.hasOwn(files, file) ? files[file] : undefined), Object.keys(files));

const merge = (files: Record<string, string>, file = 'config/x.toml') => {
  const result = reader(files).merge(file);
  return { ...result, said: result.diagnostics.map(formatDiagnostic), usable: isUsable(result) };
};

describe('merge', () => {
  it('lets packages, users and groups replace each other by name, and appends files', () => {
    const { config, said, usable } = merge({
      'config/base.toml':
        '[general]\nfilesystem_size = 1\nlive_disk = true\n[packages]\na = "source"\nb = {}\n[[files]]\npath = "/1"\ndata = ""\n[users.u]\npassword = "old"\nuid = 5\n[groups.g]\nmembers = ["u"]\n',
      'config/x.toml':
        'include = ["base.toml"]\n[general]\nfilesystem_size = 2\n[packages]\na = "ignore"\n[[files]]\npath = "/2"\ndata = ""\n[users.u]\npassword = "new"\n[groups.g]\nmembers = []\n',
    });
    expect(said).toEqual([]);
    expect(usable).toBe(true);
    expect(config!.general).toMatchObject({
      filesystem_size: { value: 2, origin: { file: 'config/x.toml', line: 3 } },
      live_disk: { value: true, origin: { file: 'config/base.toml', line: 3 } },
    });
    expect([...config!.packages]).toMatchObject([
      ['a', { rule: 'ignore', origin: { file: 'config/x.toml', line: 5 } }],
      ['b', { origin: { file: 'config/base.toml', line: 6 } }],
    ]);
    expect(config!.files.map(({ path }) => path)).toEqual(['/1', '/2']);
    // Replaced whole: the uid of the other file is gone.
    expect(config!.users.get('u')).toEqual({ password: 'new', origin: { file: 'config/x.toml', line: 9 } });
    expect(config!.groups.get('g')).toMatchObject({ members: [] });
    expect(config!.read).toEqual(['config/base.toml', 'config/x.toml']);
  });

  it('applies a file twice that is included on two ways', () => {
    const { config } = merge(
      {
        'config/base.toml': '[[files]]\npath = "/base"\ndata = ""\n',
        'config/a.toml': 'include = ["base.toml"]\n[[files]]\npath = "/a"\ndata = ""\n',
        'config/b.toml': 'include = ["./base.toml"]\n[[files]]\npath = "/b"\ndata = ""\n',
        'config/arm/x.toml': 'include = ["../a.toml", "../b.toml"]\n[[files]]\npath = "/x"\ndata = ""\n',
      },
      'config/arm/x.toml',
    );
    expect(config!.files.map(({ path }) => path)).toEqual(['/base', '/a', '/base', '/b', '/x']);
    expect(config!.read).toEqual(['config/a.toml', 'config/arm/x.toml', 'config/b.toml', 'config/base.toml']);
  });

  it('takes prompt from the first file, whatever others say', () => {
    const base = '[general]\nprompt = false\n';
    expect(
      merge({ 'config/base.toml': base, 'config/x.toml': 'include = ["base.toml"]\n' }).config!.general.prompt!.value,
    ).toBe(false);
    const { config, said } = merge({
      'config/base.toml': '[packages]\n',
      'config/x.toml': 'include = ["base.toml"]\n[general]\nprompt = false\n',
    });
    expect(config!.general.prompt).toBeUndefined();
    expect(said).toEqual([
      'config/x.toml:3: warning: prompt = false does nothing: the installer takes it from the first file, config/base.toml\n  → config/base.toml does not set it, which means true',
    ]);
  });

  it.each([
    [
      'a file that includes itself',
      { 'config/x.toml': 'include = ["x.toml"]' },
      'config/x.toml:1: config/x.toml includes itself: config/x.toml → config/x.toml',
    ],
    [
      'a circle',
      {
        'config/x.toml': '\ninclude = ["y.toml"]',
        'config/y.toml': '\n\ninclude = ["arm/z.toml"]',
        'config/arm/z.toml': 'include = ["../y.toml"]',
      },
      'config/arm/z.toml:1: config/y.toml includes itself: config/y.toml → config/arm/z.toml → config/y.toml',
    ],
    [
      'a file that is not there',
      { 'config/x.toml': 'include = ["bse.toml"]', 'config/base.toml': '' },
      'config/x.toml:1: the included file config/bse.toml is not there\n  → did you mean "config/base.toml"?',
    ],
    [
      'a file outside',
      { 'config/x.toml': 'include = ["../../etc/x.toml"]' },
      'config/x.toml:1: include "../../etc/x.toml" leads out of the checkout',
    ],
    ['a config that is not there', { 'config/y.toml': '' }, 'config/x.toml: there is no such config'],
    ['no TOML', { 'config/x.toml': 'include = ["y.toml"]', 'config/y.toml': '[' }, 'config/y.toml:1:'],
  ] as [string, Record<string, string>, string][])('refuses %s', (_, files, expected) => {
    const { config, said, usable } = merge(files);
    expect(config).toBeUndefined();
    expect(usable).toBe(false);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(expected);
  });

  it('is unusable with an error in an included file, and says it once', () => {
    const { said, usable, config } = merge({
      'config/base.toml': '[[files]]\npath = "/a"\n',
      'config/x.toml': 'include = ["base.toml", "base.toml"]',
    });
    expect(config).toBeDefined();
    expect(usable).toBe(false);
    expect(said).toHaveLength(1);
  });

  it('is what applying the files one after another gives', () => {
    // Each file may include those with a lower number, so that there is no circle.
    const graph = fc
      .array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 7 })
      .map((includes) => includes.map((list, own) => list.filter((other) => other < own)));
    fc.assert(
      fc.property(graph, (includes) => {
        const files = Object.fromEntries(
          includes.map((list, own) => [
            `config/${own}.toml`,
            `include = [${list.map((other) => `"${other}.toml"`).join(', ')}]\n[general]\nfilesystem_size = ${own}\n[packages]\nshared = {}\np${own} = {}\n[[files]]\npath = "/${own}"\ndata = ""\n`,
          ]),
        );
        const order = (own: number): number[] => [...includes[own]!.flatMap(order), own];
        const last = includes.length - 1;
        const expected = order(last);
        const { config, said } = merge(files, `config/${last}.toml`);
        expect(said).toEqual([]);
        expect(config!.files.map(({ path }) => path)).toEqual(expected.map((own) => `/${own}`));
        expect([...config!.packages.keys()]).toEqual([...new Set(expected.map((own) => `p${own}`)), 'shared'].sort());
        expect(config!.general.filesystem_size!.value).toBe(last);
        expect(config!.packages.get('shared')!.origin.file).toBe(`config/${last}.toml`);
      }),
    );
  });
});
