import { describe, expect, it } from 'vitest';
import { checkName } from './names';

describe('names of recipes', () => {
  it.each(['hello', 'a', 'my-disk_2'])('takes %s', (name) => expect(() => checkName(name, true)).not.toThrow());
  it.each([
    ['', /is empty/],
    ['a'.repeat(65), /65 characters/],
    ['host:zlib', /colon or a dot/],
    ['llvm.dev', /colon or a dot/],
    ['a/b', /other characters/],
    ['../x', /colon or a dot/],
    ['a\0b', /other characters/],
    ['Hello', /other characters/],
    ['größe', /other characters/],
    ['-x', /begin with a letter/],
    ['7zip', /begins with a digit/],
    ['loop', /keyword/],
    ['std', /own crates/],
    ['build', /folder that cargo makes/],
    ['source', /folder in the cookbook/],
  ])('refuses "%s"', (name, reason) => expect(() => checkName(name, true)).toThrow(reason));

  it('takes a digit at the start where no crate is made', () => {
    expect(() => checkName('7zip', false)).not.toThrow();
  });

  it('offers a name that can be used', () => {
    const adviceFor = (name: string) => {
      try {
        checkName(name, true);
      } catch (error) {
        return (error as { advice: string[] }).advice[0];
      }
      return undefined;
    };
    expect(adviceFor('MyDisk')).toBe('use "my-disk"');
    expect(adviceFor('7 zip!')).toBe('use "zip"');
    expect(adviceFor('loop')).toMatch(/lower-case/);
  });
});
