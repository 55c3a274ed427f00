import { formatDiagnostic } from '@nx-redox/kit/toml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigReader } from './merge';
import { packageSet, type PackageSetOptions, type RecipeLookup } from './package-set';

interface Needs {
  build?: string[];
  dev?: string[];
  run?: string[];
  parts?: Record<string, string[]>;
}

function lookup(recipes: Record<string, Needs | 'unreadable'>): RecipeLookup {
  return {
    get: (name) => {
      const found = Object.hasOwn(recipes, name) ? recipes[name]! : undefined;
      if (found === undefined || found === 'unreadable') return found;
      const { build = [], dev = [], run = [], parts = {} } = found;
      return {
        build: { template: 'custom', dependencies: build, 'dev-dependencies': dev },
        package: { dependencies: run },
        optionalPackages: Object.entries(parts).map(([part, dependencies]) => ({ name: part, dependencies })),
      };
    },
    names: () => Object.keys(recipes),
    file: (name) => `recipes/${name}/recipe.toml`,
  };
}

function setOf(packages: string, recipes: Record<string, Needs | 'unreadable'>, options?: PackageSetOptions) {
  const text = `[general]\nskip_partitions = true\n[packages]\n${packages}\n`;
  const { config } = new ConfigReader(() => text).merge('config/x.toml');
  const set = packageSet(config!, lookup(recipes), options);
  return {
    installed: set.installed.map(({ name }) => name),
    builds: set.builds.map(({ machine, recipe }) => (machine === 'host' ? `host:${recipe}` : recipe)),
    rules: Object.fromEntries(set.builds.map(({ recipe, rule }) => [recipe, rule])),
    said: set.diagnostics.map(formatDiagnostic),
    set,
  };
}

describe('packageSet', () => {
  it('installs what packages need to run, and builds what recipes need to be built', () => {
    const { installed, builds, said, set } = setOf('shell = {}', {
      shell: { build: ['libc', 'host:tool'], dev: ['generator'], run: ['files'] },
      files: { run: ['more'] },
      more: {},
      libc: {},
      generator: { run: ['not-installed'] },
      'not-installed': {},
      tool: { build: ['libc', 'target:libc', 'host:tool'] },
    });
    expect(said).toEqual([]);
    expect(installed).toEqual(['files', 'more', 'shell']);
    expect(builds).toEqual(['files', 'more', 'libc', 'host:libc', 'host:tool', 'generator', 'shell']);
    expect(set.installed.find(({ name }) => name === 'more')).toMatchObject({
      via: ['shell', 'files'],
      origin: { file: 'config/x.toml', line: 4 },
    });
  });

  it('installs what linked libraries need to run, and those that they are made of', () => {
    const recipes = {
      fetch: { build: ['tls', 'host:tool'] },
      tls: { build: ['codec'], run: ['certificates', 'fetch'] },
      codec: { run: ['tables'] },
      certificates: { build: ['host:tool'] },
      tables: {},
      tool: { run: ['never'] },
    };
    const { installed, said } = setOf('fetch = {}', recipes);
    expect(said).toEqual([]);
    expect(installed).toEqual(['certificates', 'fetch', 'tables']);
    expect(setOf('fetch = {}\ncertificates = "ignore"', recipes).installed).toEqual(['fetch', 'tables']);
  });

  it('installs optional packages with their recipe', () => {
    const recipes = { llvm: { parts: { dev: ['.lib', 'zlib'], lib: [] } }, zlib: {} };
    expect(setOf('"llvm.dev" = {}', recipes)).toMatchObject({
      installed: ['llvm', 'llvm.dev', 'llvm.lib', 'zlib'],
      builds: ['llvm', 'zlib'],
      said: [],
    });
    expect(setOf('"llvm.dve" = {}', recipes).said).toEqual([
      'config/x.toml:4: recipe "llvm" has no optional package "dve"\n  → did you mean "dev"?',
    ]);
  });

  it('leaves out what the config ignores, but not what that needs to run', () => {
    const recipes = { a: { run: ['b'] }, b: { run: ['c'], build: ['d'] }, c: {}, d: {} };
    expect(setOf('a = {}\nb = "ignore"', recipes)).toMatchObject({
      installed: ['a', 'c'],
      builds: ['a', 'c'],
      said: [],
    });
    expect(setOf('d = "ignore"\nb = {}', recipes).said).toEqual([
      'config/x.toml:4: b needs d to be built, which the config leaves out\n  → remove the rule "ignore" of d, or leave out b, too',
    ]);
  });

  it.each([
    ['kernle = {}', { kernel: {} }, 'config/x.toml:4: no recipe builds "kernle"\n  → did you mean "kernel"?'],
    [
      'a = {}',
      { a: { run: ['b'] }, b: { run: ['zlib2'] }, zlib: {} },
      'config/x.toml:4: no recipe builds "zlib2", which b needs\n  → did you mean "zlib"?\n  → the way to it: a → b → zlib2',
    ],
    [
      'a = {}',
      { a: { build: ['host:b'] } },
      'config/x.toml:4: no recipe builds "host:b", which a needs\n  → did you mean "a"?\n  → the way to it: a → host:b',
    ],
    [
      'a = {}',
      { a: { build: ['b'] }, b: 'unreadable' },
      'config/x.toml:4: the recipe of b cannot be read: recipes/b/recipe.toml\n  → lint-recipe says what is wrong with it\n  → the way to it: a → b',
    ],
    [
      'a = {}',
      { a: { build: ['b'] }, b: { build: ['c'] }, c: { build: ['b'] } },
      'config/x.toml:4: recipes need each other to be built: b → c → b\n  → take a dependency out of one of recipes/b/recipe.toml, recipes/c/recipe.toml',
    ],
    [
      'a = {}',
      { a: { run: ['b'] }, b: { run: ['a'] } },
      'config/x.toml:4: warning: packages need each other to run: a → b → a\n  → the cookbook refuses circles of [package] dependencies: take one out',
    ],
  ] as [string, Record<string, Needs | 'unreadable'>, string][])('%s of %j', (packages, recipes, expected) => {
    expect(setOf(packages, recipes).said).toEqual([expected]);
  });

  it('follows the rules of packages', () => {
    const recipes = { a: { build: ['b'], run: ['c'], dev: ['e'] }, b: {}, c: {}, d: { build: ['b'] }, e: {} };
    const hasBinary = () => true;
    expect(setOf('a = "binary"\nd = {}', recipes, { hasBinary })).toMatchObject({
      rules: { a: 'binary', b: 'binary', c: 'binary', d: 'source', e: 'source' },
      said: [],
    });
    expect(setOf('a = "binary"\nb = "local"', recipes, { hasBinary }).rules).toMatchObject({ a: 'binary', b: 'local' });
    expect(setOf('c = "binary"', recipes).said).toEqual([
      'config/x.toml:4: c shall be taken as a binary package, and repo/ has none\n  → nothing is downloaded here: build the package with the cookbook first, so that it is in repo/\n  → or let it be built: rule "source", or {}',
    ]);
  });

  it('builds the boot loader of a disk with partitions, whether the config has it or not', () => {
    const { config } = new ConfigReader(() => '[packages]\na = {}').merge('config/x.toml');
    const set = packageSet(config!, lookup({ a: {}, bootloader: {} }));
    expect(set.installed.map(({ name }) => name)).toEqual(['a']);
    expect(set.builds.map(({ recipe }) => recipe)).toEqual(['a', 'bootloader']);
  });

  it('has each recipe behind what it needs, once, and everything that is needed', () => {
    const graph = fc.array(
      fc.record({ build: fc.array(fc.nat(11), { maxLength: 3 }), run: fc.array(fc.nat(11), { maxLength: 3 }) }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(graph, (nodes) => {
        const name = (index: number) => `r${index}`;
        const below = (list: number[], own: number) => list.filter((other) => other < own).map(name);
        const recipes = Object.fromEntries(
          nodes.map(({ build, run }, own) => [name(own), { build: below(build, own), run: below(run, own) }]),
        );
        const root = name(nodes.length - 1);
        const { installed, builds, said } = setOf(`${root} = {}`, recipes);
        expect(said).toEqual([]);
        const reach = (from: string[], next: (name: string) => string[]) => {
          const seen = new Set<string>();
          const visit = (one: string) => void (!seen.has(one) && (seen.add(one), next(one).forEach(visit)));
          from.forEach(visit);
          return seen;
        };
        // What a linked library needs to run is installed; the library is not.
        const states = reach([`run ${root}`], (state) => {
          const [, one] = state.split(' ') as ['run' | 'link', string];
          const { run, build } = recipes[one]!;
          return [...run.map((other) => `run ${other}`), ...build.map((other) => `link ${other}`)];
        });
        const run = new Set([...states].filter((state) => state.startsWith('run ')).map((state) => state.slice(4)));
        const built = reach([...run], (one) => recipes[one]!.build);
        expect(new Set(installed)).toEqual(run);
        expect(new Set(builds)).toEqual(built);
        expect(builds).toHaveLength(built.size);
        for (const one of builds)
          for (const other of recipes[one]!.build) expect(builds.indexOf(other)).toBeLessThan(builds.indexOf(one));
      }),
    );
  });
});
