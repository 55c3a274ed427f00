import { describe, expect, it } from 'vitest';
import { formatError, UserError } from './user-error';

describe('formatError', () => {
  it('shows place, message and each way out, without a stack', () => {
    const error = new UserError('unknown key "b3sum"', {
      file: 'recipes/mini/logd/recipe.toml',
      line: 3,
      column: 1,
      advice: ['did you mean "blake3"?', 'or remove the line'],
    });
    expect(formatError(error)).toBe(
      [
        'recipes/mini/logd/recipe.toml:3:1: unknown key "b3sum"',
        '  → did you mean "blake3"?',
        '  → or remove the line',
      ].join('\n'),
    );
  });

  it('keeps the stack of an error that is ours to mend', () => {
    expect(formatError(new TypeError('x is not a function'))).toContain('user-error.spec.ts');
    expect(formatError('text')).toBe('text');
  });
});
