import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfBlock, withoutComments } from './rust-text';

describe('withoutComments', () => {
  it.each([
    ['a // SYS_OPEN\nb', 'a _\nb'],
    ['a /* x /* y */ z */ b', 'a _ b'],
    ['f("SYS_OPEN\\" x") + 1', 'f(_) + 1'],
    ['r#"a " b"# c', 'r#_ c'],
    ['br"\\" c', 'br_ c'],
    ["'\"' x '\\'' y 'a", "_ x _ y 'a"],
    ["fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"],
    ['x "never ended', 'x _'],
    ['x /* never ended', 'x _'],
  ])('%s', (text, expected) => {
    // An underscore stands for everything that is blanked in one go.
    const squeeze = (code: string) => code.replaceAll(/[ _]+/g, ' ').trim();
    expect(squeeze(withoutComments(text))).toBe(squeeze(expected));
  });

  it('keeps every place, whatever the text', () => {
    const piece = fc.constantFrom('"', "'", '/*', '*/', '//', '\n', '\\', 'r#', '#', 'b', 'x', 'é', '🦀', '\r\n');
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          const found = withoutComments(text);
          expect(found.length).toBe(text.length);
          for (let at = 0; at < text.length; at++) {
            if (found[at] !== text[at]) expect(found[at]).toBe(' ');
            if (text[at] === '\n') expect(found[at]).toBe('\n');
          }
        },
      ),
    );
  });
});

it('finds the end of a block', () => {
  const text = 'impl X { fn a() { } } fn b() {}';
  expect(text.slice(0, endOfBlock(text, 0))).toBe('impl X { fn a() { } }');
  expect(endOfBlock('impl X {', 0)).toBe(8);
});
