import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annotationLines, annotationsOf } from './annotations';
import { UserError } from './user-error';

const GITHUB = { GITHUB_ACTIONS: 'true' };

describe('annotations for GitHub', () => {
  it('name file, line and column', () => {
    const error = {
      file: 'recipes/mini/logd/src/main.rs',
      line: 89,
      column: 56,
      title: 'mini, aarch64',
      message: 'it panicked',
    };
    expect(annotationLines([error], GITHUB)).toBe(
      '::error file=recipes/mini/logd/src/main.rs,line=89,col=56,title=mini%2C aarch64::it panicked\n',
    );
    expect(annotationLines([{ message: 'no place' }], GITHUB)).toBe('::error::no place\n');
  });

  it('are not written elsewhere', () => {
    expect(annotationLines([{ message: 'x' }], {})).toBe('');
  });

  it('are one line each, whatever a guest or a server says', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, text, (message, file, title) => {
        const lines = annotationLines([{ message, file, title }], GITHUB);
        expect(lines.split('\n')).toHaveLength(2);
        expect(lines).toMatch(/^::error file=[^,:]*,title=[^,:]*::/);
      }),
    );
    expect(annotationLines([{ message: 'a\n::stop-commands::x' }], GITHUB)).toBe(
      '::error::a%0A\\x3a:stop-commands::x\n',
    );
  });

  it('of an error are its place, or those that it lists', () => {
    const listed =
      'recipes/a/recipe.toml:3:1: unknown key "x"\n  → did you mean "y"?\nrecipes/b/recipe.toml:7: no source';
    expect(annotationsOf(new UserError(listed))).toEqual([
      { file: 'recipes/a/recipe.toml', line: 3, column: 1, message: 'unknown key "x"' },
      { file: 'recipes/b/recipe.toml', line: 7, message: 'no source' },
    ]);
    expect(annotationsOf(new UserError('is missing', { file: 'Cargo.lock' }))).toEqual([
      { file: 'Cargo.lock', message: 'is missing' },
    ]);
    expect(annotationsOf(new UserError('the disk is full'))).toEqual([]);
    expect(annotationsOf(new Error('a defect'))).toEqual([]);
  });
});
