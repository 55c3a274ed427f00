import { describe, expect, it } from 'vitest';
import { placesOf } from './places';

const context = {
  root: '/w',
  projectName: 'logd',
  projectsConfigurations: { projects: { logd: { root: 'recipes/core/logd' } } },
};

describe('the places of a recipe', () => {
  it('follow from its project', () => {
    expect(placesOf({}, context)).toEqual({
      recipe: 'recipes/core/logd/recipe.toml',
      sourcePath: 'recipes/core/logd/source',
      outputPath: 'dist/{arch}/{backend}/logd',
    });
  });

  it('are those that the options say', () => {
    expect(placesOf({ recipe: 'a/b/recipe.toml' }, context).sourcePath).toBe('a/b/source');
    const said = { recipe: 'r/recipe.toml', sourcePath: 's', outputPath: 'o' };
    expect(placesOf(said, context)).toEqual(said);
  });
});
