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

  it('shows what would steer a terminal or a CI, in every part, and keeps the colours of a compiler', () => {
    const error = new UserError('no \u001b]0;title\u0007 name \u202ecba\u200c\n::error::x \u001b[31mred\u001b[0m', {
      file: 'a\u001b[2Jb',
      advice: '##vso[task.complete]\r',
    });
    expect(formatError(error)).toBe(
      [
        'a\\x1b[2Jb: no \\x1b]0;title\\x07 name \\u{202e}cba\\u{200c}',
        '\\x3a:error::x \u001b[31mred\u001b[0m',
        '  → \\x23#vso[task.complete]\\x0d',
      ].join('\n'),
    );
  });

  it('keeps the stack of an error that is ours to mend', () => {
    expect(formatError(new TypeError('x is not a function'))).toContain('user-error.spec.ts');
    expect(formatError('text')).toBe('text');
  });
});
