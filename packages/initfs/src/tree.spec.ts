import { describe, expect, it } from 'vitest';
import { formatError } from '@nx-redox/kit';
import { file } from './testing/trees';
import { checkedLinkTarget, findNode, TreeBuilder, walk } from './tree';

const at = (origin: string) => ({ ...file('x'), origin });

describe('TreeBuilder', () => {
  it('makes parents and keeps byte order', () => {
    const builder = new TreeBuilder();
    for (const path of ['lib/drivers/b', 'bin/init', 'lib/drivers/B', 'lib/a']) builder.add(path, file(path));
    expect([...walk(builder.root)].map(({ path }) => path)).toEqual([
      'bin',
      'bin/init',
      'lib',
      'lib/a',
      'lib/drivers',
      'lib/drivers/B',
      'lib/drivers/b',
    ]);
    expect(findNode(builder.root, 'lib/drivers/b')?.kind).toBe('file');
    expect(findNode(builder.root, 'lib/a/b')).toBeUndefined();
  });

  it('names both sides when two entries claim one place', () => {
    const builder = new TreeBuilder();
    builder.add('bin/logd', at('recipe.toml:7'));
    const text = message(() => builder.add('bin/logd', at('recipe.toml:12')));
    expect(text).toMatch(/two entries claim bin\/logd/);
    expect(text).toMatch(/recipe\.toml:7/);
    expect(text).toMatch(/recipe\.toml:12/);
  });

  it('refuses a file where another entry needs a directory, and the reverse', () => {
    const builder = new TreeBuilder();
    builder.add('bin', at('one'));
    expect(message(() => builder.add('bin/init', at('two')))).toMatch(
      /bin is a file and also the directory of bin\/init[^]*one[^]*two/,
    );
    builder.add('lib/x', at('three'));
    expect(message(() => builder.add('lib', at('four')))).toMatch(
      /two entries claim lib[^]*a directory \(three\)[^]*four/,
    );
  });

  it.each([
    ['/bin/init', 'is empty'],
    ['bin//init', 'is empty'],
    ['bin/', 'is empty'],
    ['', 'is empty'],
    ['../init', 'is ".."'],
    ['bin/./init', 'is "."'],
    ['bin/a\0b', 'NUL'],
    ['x'.repeat(65536), '65536 bytes; the format can hold 65535'],
  ])('refuses the path %j', (path, why) => {
    expect(message(() => new TreeBuilder().add(path, at('m.toml:3')))).toContain(why);
    expect(message(() => new TreeBuilder().add(path, at('m.toml:3')))).toContain('m.toml:3');
  });

  it('takes a name of 65,535 bytes', () => {
    const builder = new TreeBuilder();
    builder.add('x'.repeat(65535), file('x'));
    expect(builder.root.entries.size).toBe(1);
  });
});

describe('checkedLinkTarget', () => {
  it.each([
    ['bin/nulld', 'zerod', 'zerod'],
    ['bin/nulld', './zerod', 'zerod'],
    ['lib/a/b', '../../bin/x', '../../bin/x'],
    ['lib/a', '../bin/', '../bin'],
    ['lib/a', 'x/../y', 'x/../y'],
    ['lib/a', './/x/./y/', 'x/y'],
    ['lib/a', '.', '.'],
  ])('%s → %s is kept as %s', (path, target, kept) => {
    expect(checkedLinkTarget(path, target)).toBe(kept);
  });

  it.each([
    ['a', '../b', 'leaves the image'],
    ['bin/a', '../../b', 'leaves the image'],
    ['bin/a', 'x/../../../b', 'leaves the image'],
    ['a', '/bin/b', 'has an absolute target'],
    ['a', '', 'has no target'],
    ['a', 'x\0y', 'NUL'],
    ['bin/a', '../bin/a', 'points to itself'],
  ])('%s → %j is refused: it %s', (path, target, why) => {
    expect(() => checkedLinkTarget(path, target)).toThrow(why);
  });
});

function message(action: () => void): string {
  try {
    action();
  } catch (error) {
    return formatError(error);
  }
  throw new Error('nothing was thrown');
}
