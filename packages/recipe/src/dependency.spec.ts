import { describe, expect, it } from 'vitest';
import { parseDependency } from './dependency';
import { formatDiagnostic } from '@nx-redox/kit/toml';
import { parseRecipe } from './recipe';

const problems = (text: string) => parseRecipe(text, 'r/recipe.toml').diagnostics.map(formatDiagnostic);

describe('parseDependency', () => {
  it.each([
    ['zlib', { recipe: 'zlib' }],
    ['charm++', { recipe: 'charm++' }],
    ['llvm21.dev', { recipe: 'llvm21', suffix: 'dev' }],
    ['host:python312', { recipe: 'python312', machine: 'host' }],
    ['target:llvm21.dev', { recipe: 'llvm21', suffix: 'dev', machine: 'target' }],
    ['.runtime', { recipe: '', suffix: 'runtime' }],
  ])('%s', (text, expected) => expect(parseDependency(text)).toEqual(expected));
});

describe('names of dependencies', () => {
  it.each([
    ['hots:zlib', 'begins with "hots:", but only "host:" and "target:" mean something'],
    ['host:target:zlib', 'must have at most one colon'],
    ['libs/zlib', 'must be the name of a recipe, without /, spaces or control characters'],
    ['a.b.c', 'must have at most one dot: recipe.package'],
    ['zlib.', 'has no package behind the dot'],
    ['.dev', 'has no recipe in it'],
    ['host:', 'has no recipe in it'],
    ['', 'must not be empty'],
  ])('%j is refused where it stands', (name, problem) => {
    expect(problems(`[build]\ntemplate = "none"\ndependencies = ["ok", ${JSON.stringify(name)}]\n`)).toEqual([
      `r/recipe.toml:3:23: build.dependencies[2] ${problem}`,
    ]);
  });

  it('may be a part of the recipe itself only in optional packages', () => {
    expect(problems('[[optional-packages]]\nname = "dev"\ndependencies = [".runtime", "host:x.y"]\n')).toEqual([]);
    expect(problems('[package]\ndependencies = [".runtime"]\n')).toEqual([
      'r/recipe.toml:2:17: package.dependencies[1] has no recipe in it',
    ]);
    expect(problems('[[optional-packages]]\nname = "a.b"\n')[0]).toContain('optional-packages[1].name must be a name');
  });
});
