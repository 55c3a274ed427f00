import { formatDiagnostic, hasErrors } from '@nx-redox/kit/toml';
import { beforeEach, describe, expect, it } from 'vitest';
import { edgesBetween, edgesOf } from './edges';
import { recipeProject } from './projects/recipe';
import { TestWorkspace } from './testing/workspace';

/** A collection: recipes without a system.toml. Each value is the body of a recipe that builds with a script. */
function files(recipes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(recipes).map(([dir, body]) => [
      `recipes/book/${dir}/recipe.toml`,
      `[build]\ntemplate = "custom"\nscript = "make"\n${body}\n`,
    ]),
  );
}

describe('dependencies of recipes', () => {
  let workspace: TestWorkspace;
  beforeEach(() => {
    workspace = new TestWorkspace({});
  });

  function load(recipes: Record<string, string>) {
    for (const [file, text] of Object.entries(files(recipes))) workspace.write(file, text);
    const model = workspace.model(['book']);
    const system = model.systems[0]!;
    const projects = Object.fromEntries([...system.recipes, ...system.hosts].map(({ project }) => [project, {}]));
    return {
      system,
      edges: edgesBetween(edgesOf(model), projects, {}).map(
        ({ source, target, type }) => `${source} → ${target}${type === 'static' ? '' : ` (${type})`}`,
      ),
      problems: system.recipes.flatMap(({ diagnostics }) => diagnostics.map(formatDiagnostic)),
      broken: system.recipes.filter(({ diagnostics }) => hasErrors(diagnostics)).map(({ name }) => name),
    };
  }

  it('are of three kinds, and each is an edge that recipe.toml is named for', () => {
    const { system, edges, problems } = load({
      'libs/zlib': '',
      'dev/ecm': '',
      'data/certs':
        '[[optional-packages]]\nname = "all"\ndependencies = [".other", "zlib"]\n[[optional-packages]]\nname = "other"',
      'net/curl':
        'dependencies = ["zlib", "target:zlib"]\ndev-dependencies = ["ecm"]\n[package]\ndependencies = ["certs.all"]',
    });
    expect(problems).toEqual([]);
    expect(edges).toEqual(['certs → zlib', 'curl → zlib', 'curl → ecm', 'curl → certs']);
    expect(
      system.recipes.find(({ name }) => name === 'curl')!.dependencies.map(({ kind, text }) => `${kind} ${text}`),
    ).toEqual(['build zlib', 'build target:zlib', 'dev ecm', 'package certs.all']);
  });

  it('of the collection are told apart where they are not all build dependencies', () => {
    const { system } = load({
      zlib: '',
      curl: 'dependencies = ["zlib"]',
      wget: 'dependencies = ["zlib"]\n[package]\ndependencies = ["curl"]',
    });
    const listed = system.recipes.map((recipe) => recipeProject(recipe, system, () => []).metadata?.['dependencies']);
    expect(listed).toEqual([undefined, { build: ['zlib'], package: ['curl'] }, undefined]);
  });

  it('for the host lead to nodes of their own, with what those need for the host', () => {
    const { system, edges, problems } = load({
      zlib: '',
      openssl: 'dependencies = ["zlib", "target:headers", "host:openssl"]',
      headers: '',
      python: 'dependencies = ["openssl", "host:python"]',
      tool: 'dependencies = ["host:python"]',
    });
    expect(problems).toEqual([]);
    expect(system.hosts.map(({ project, dir }) => `${project} in ${dir}`)).toEqual([
      'openssl@host in recipes/book/openssl/target/host',
      'python@host in recipes/book/python/target/host',
      'zlib@host in recipes/book/zlib/target/host',
    ]);
    expect(edges).toEqual([
      'openssl → zlib',
      'openssl → headers',
      'openssl → openssl@host',
      'python → openssl',
      'python → python@host',
      'tool → python@host',
      'openssl@host → zlib@host (implicit)',
      'python@host → openssl@host (implicit)',
    ]);
  });

  it('that lead nowhere cost only the recipe that names them', () => {
    const { problems, broken, edges } = load({
      zlib: '[[optional-packages]]\nname = "dev"',
      a: 'dependencies = ["zlip", "zlib.dve", "zlib.dev"]',
      b: 'dependencies = ["a"]',
    });
    expect(problems).toEqual([
      'recipes/book/a/recipe.toml:4:17: there is no recipe "zlip" in recipes/book\n  → did you mean "zlib"?',
      'recipes/book/a/recipe.toml:4:25: recipe "zlib" has no optional package "dve"\n  → did you mean "dev"?',
    ]);
    expect(broken).toEqual(['a']);
    expect(edges).toEqual(['a → zlib', 'b → a']);
  });

  it('in a circle are reported at each recipe in it, with the whole way', () => {
    const { problems, broken } = load({
      a: 'dependencies = ["free", "b"]',
      b: 'dev-dependencies = ["c"]',
      c: 'dependencies = ["a"]',
      free: '',
      user: 'dependencies = ["a"]',
      self: 'dependencies = ["self"]',
    });
    const advice = '\n  → remove one of these dependencies, or build one of the recipes in two steps';
    expect(problems).toEqual([
      `recipes/book/a/recipe.toml:4:25: the recipes depend on each other: a → b → c → a${advice}`,
      `recipes/book/b/recipe.toml:4:21: the recipes depend on each other: b → c → a → b${advice}`,
      `recipes/book/c/recipe.toml:4:17: the recipes depend on each other: c → a → b → c${advice}`,
      `recipes/book/self/recipe.toml:4:17: the recipe depends on itself: self → self${advice}`,
    ]);
    expect(broken).toEqual(['a', 'b', 'c', 'self']);
  });

  it('in a circle of builds for the host are reported too, and one at run time is a warning', () => {
    const host = load({ a: 'dependencies = ["host:b"]', b: 'dependencies = ["c"]', c: 'dependencies = ["host:b"]' });
    expect(host.problems.map((problem) => problem.split('\n')[0])).toEqual([
      'recipes/book/b/recipe.toml:4:17: the recipes depend on each other: host:b → host:c → host:b',
      'recipes/book/c/recipe.toml:4:17: the recipes depend on each other: host:c → host:b → host:c',
    ]);
    workspace.remove('recipes/book');
    const runtime = load({ x: '[package]\ndependencies = ["y"]', y: '[package]\ndependencies = ["x"]' });
    expect(runtime.broken).toEqual([]);
    expect(runtime.problems[0]).toBe(
      'recipes/book/x/recipe.toml:5:17: warning: the recipes depend on each other: x → y → x\n  → they can only be installed together',
    );
  });

  it('of thousands of recipes in one chain do not exhaust the stack', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`r${index}`, `dependencies = ["r${(index + 1) % 1000}"]`]),
    );
    const { broken, problems } = load(chain);
    expect(broken).toHaveLength(1000);
    expect(problems[0]!.length).toBeLessThan(1000);
  });
});
