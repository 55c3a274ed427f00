import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from './visible';

describe('text from outside', () => {
  it.each([
    ['plain text, ünïcode 日本\n\tindented', 'plain text, ünïcode 日本\n\tindented'],
    ['\x1b[2J\x1b]0;title\x07', '\\x1b[2J\\x1b]0;title\\x07'],
    ['a\rb\0\x7f\x9b31m', 'a\\x0db\\x00\\x7f\\x9b31m'],
    ['admin\u202e\u2066txt.exe\u2069', 'admin\\u{202e}\\u{2066}txt.exe\\u{2069}'],
    ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
    ['::error::no', '\\x3a:error::no'],
    ['first\n  ::set-output name=x::y', 'first\n  \\x3a:set-output name=x::y'],
    ['##[error]x ##vso[task.setvariable]y ##VSO[z', '\\x23#[error]x \\x23#vso[task.setvariable]y \\x23#VSO[z'],
    ['kernel::startup:INFO -- ok', 'kernel::startup:INFO -- ok'],
  ])('%j', (text, shown) => expect(visible(text)).toBe(shown));

  it('is never a command, steers nothing, and is the same when it is made visible again', () => {
    const piece = fc.oneof(
      fc.constantFrom('::', '##', '[', 'vso', '\n', ' ', '\x1b', '\u202e', '\r', '#'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const shown = visible(pieces.join(''));
        // eslint-disable-next-line no-control-regex -- as in the function
        expect(shown).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
        for (const line of shown.split('\n')) expect(line).not.toMatch(/^\s*::|##(?:vso)?\[/i);
        expect(visible(shown)).toBe(shown);
      }),
    );
  });
});
