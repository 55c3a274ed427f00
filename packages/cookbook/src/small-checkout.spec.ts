import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { formatDiagnostic } from '@nx-redox/kit/toml';
import { parseRecipe, recipeFacts } from '@nx-redox/recipe/parse';
import { describe, expect, it } from 'vitest';
import { cookbookOf, lookUpConfig } from './checkout';
import { ConfigReader } from './merge';
import { packageSet } from './package-set';

/** The checkout of this repository, in upstream's form: what is built and booted. */
const ROOT = join(__dirname, '../../../recipes/cookbook');
const read = (file: string) => (existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : undefined);
const cookbook = cookbookOf(readdirSync(ROOT, { encoding: 'utf8', recursive: true }))!;
const recipes = new Map(
  [...cookbook.recipes].map(([name, folder]) => [name, parseRecipe(read(`${folder}/recipe.toml`)!, folder)]),
);

describe('recipes/cookbook', () => {
  it('has recipes that can be read, each of every form that the core recipes of Redox have', () => {
    for (const { diagnostics } of recipes.values()) expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    const forms = [...recipes.values()].map(({ recipe }) => [recipe!.source?.kind, recipe!.build?.template].join(' '));
    expect([...new Set(forms)].sort()).toEqual([
      ' custom',
      ' none',
      'git cargo',
      'git configure',
      'git custom',
      'same-as cargo',
    ]);
  });

  it.each(['aarch64', 'x86_64'])('has a config for %s whose packages are all there', (arch) => {
    const file = lookUpConfig(cookbook, { name: 'minimal', arch })!;
    expect(file).toBe(`config/${arch}/minimal.toml`);
    const { config, diagnostics } = new ConfigReader(read).merge(file);
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    expect(config!.read).toEqual(['config/base.toml', `config/${arch}/minimal.toml`, 'config/minimal.toml'].sort());
    expect([...config!.users.keys()]).toEqual(['root', 'user']);
    const set = packageSet(config!, {
      get: (name) => {
        const recipe = recipes.get(name)?.recipe;
        return recipe === undefined ? undefined : recipeFacts(recipe);
      },
      names: () => recipes.keys(),
      file: (name) => `${cookbook.recipes.get(name)}/recipe.toml`,
    });
    expect(set.diagnostics.map(formatDiagnostic)).toEqual([]);
    const installed = set.installed.map(({ name }) => name);
    // ion and greet are there because minimal-tools names them; libstdcxx is ignored.
    expect(installed).toEqual(expect.arrayContaining(['base', 'check', 'greet', 'ion', 'kernel', 'relibc', 'uutils']));
    expect(installed).not.toContain('libstdcxx');
    const builds = set.builds.map(({ recipe }) => recipe);
    expect(builds.indexOf('redoxfs')).toBeLessThan(builds.indexOf('base'));
  });

  it('is complete when its links are followed, which lead nowhere but into mini', () => {
    const links: string[] = [];
    const visit = (folder: string): void => {
      for (const { name } of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, name);
        const status = lstatSync(path);
        if (status.isSymbolicLink()) links.push(path);
        else if (status.isDirectory() && name !== 'target') visit(path);
      }
    };
    visit(ROOT);
    expect(links.length).toBeGreaterThan(10);
    const mini = realpathSync(join(ROOT, '../mini'));
    for (const link of links) {
      const target = realpathSync(link);
      expect(target.startsWith(mini) || target.startsWith(realpathSync(ROOT)), link).toBe(true);
    }
  });
});
