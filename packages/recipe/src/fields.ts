import { describeValue, type Rule, string, wrongType } from '@nx-redox/kit/toml';
/* Values that recipe.toml and system.toml have in common. */

/** A path that stays in the folder where it begins. */
export const relativePath = string((value) => {
  if (value === '') return 'must not be empty';
  if (value.startsWith('/')) return 'must be a relative path, without a leading /';
  if (value.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'must be a plain path without ., .. or //';
  return undefined;
});

/** `recipe:path/in/its/stage`, or a path without a colon. */
export const stagedPath: Rule<{ recipe?: string; path: string }> = (value, path, report) => {
  if (typeof value !== 'string') return wrongType(report, path, 'a string', value);
  const colon = value.indexOf(':');
  const name = colon < 0 ? undefined : value.slice(0, colon);
  const inside = relativePath(value.slice(colon + 1), path, report);
  if (inside === undefined) return undefined;
  if (name === '') {
    report({
      severity: 'error',
      path,
      at: 'value',
      message: `${describeValue(value)} has no recipe before the colon`,
      advice: ['write "recipe:path/in/its/stage", or a path of this recipe without a colon'],
    });
    return undefined;
  }
  return { ...(name === undefined ? {} : { recipe: name }), path: inside };
};
