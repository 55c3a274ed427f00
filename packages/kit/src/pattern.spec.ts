import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, PatternError, patternProblem } from './pattern';

describe('patterns', () => {
  it('find the first match at or behind a place, with its named groups', () => {
    const pattern = compilePattern('PID #?(?<pid>\\d+), NAME (?P<program>\\S+)');
    const line = 'x PID 3, NAME bin/logd PID #4, NAME bin/init';
    expect(pattern.find(line)).toEqual({ start: 2, end: 22, groups: { pid: '3', program: 'bin/logd' } });
    expect(pattern.find(line, 3)?.groups).toEqual({ pid: '4', program: 'bin/init' });
    expect(pattern.find(line, 24)).toBeUndefined();
    expect(pattern.find(line, 1000)).toBeUndefined();
    expect(pattern.test('PID')).toBe(false);
  });

  it.each([
    ['(a)\\1', 'refers back to a group with "\\1" or "\\k", which takes unbounded time'],
    ['a(?=b)', /^looks ahead or behind/],
    ['a(?!b)', /^looks ahead or behind/],
    ['(?<=a)b', /^looks ahead or behind/],
    ['(?<!a)b', /^looks ahead or behind/],
    ['(a', 'is not a regular expression: missing closing ): `(a`'],
    ['[a', /^is not a regular expression: missing closing \]/],
    ['a*', 'matches the empty text, so every line would match'],
    ['', 'matches the empty text, so every line would match'],
  ])('refuse %s', (source, problem) => {
    expect(patternProblem(source)).toEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem));
    expect(() => compilePattern(source)).toThrow(PatternError);
  });

  // Work that doubles with each character would not end within the test's time.
  it.each(['(.+)+;', '(a|a)*;', '([a-z]+)*;', '(x+x+)+y'])('%s takes no more than its text', (source) => {
    expect(compilePattern(source).test('a'.repeat(8192))).toBe(false);
    expect(compilePattern(source).test('x'.repeat(8192))).toBe(false);
  });

  it('match what regular expressions of JavaScript match', () => {
    const atom = fc.constantFrom('a', 'b', '\\d', '\\w', '[a-c]', '[^a]', '.', '\\.', '\\b', '^', '$', 'ab', 'é');
    const many = fc.constantFrom('', '', '', '*', '+', '?', '{1,3}', '+?');
    const piece = fc.tuple(atom, many).map(([what, often]) => (/^(?:\\b|\^|\$)$/.test(what) ? what : what + often));
    const source = fc
      .array(
        fc.oneof(
          piece,
          fc.tuple(piece, piece).map(([a, b]) => `(?:${a}|${b})`),
        ),
        { minLength: 1, maxLength: 5 },
      )
      .map((pieces) => pieces.join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', ' ', 'é', 'x'), maxLength: 20 });
    fc.assert(
      fc.property(source, text, fc.nat(20), (pattern, line, from) => {
        fc.pre(patternProblem(pattern) === undefined);
        const expression = new RegExp(pattern, 'g');
        expression.lastIndex = from;
        const found = from > line.length ? null : expression.exec(line);
        const match = compilePattern(pattern).find(line, from);
        expect(match?.start).toEqual(found?.index);
        expect(match?.end).toEqual(found ? found.index + found[0].length : undefined);
      }),
    );
  });
});
