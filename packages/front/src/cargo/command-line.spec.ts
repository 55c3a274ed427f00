import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionsOf, parseCommandLine, valueOf, wordsOf } from './command-line';

describe('parseCommandLine', () => {
  it('finds toolchain, command, options of cargo itself and what is for rustc', () => {
    expect(
      parseCommandLine(['+nightly', '-Z', 'unstable-options', '--config', 'a=1', 'b', '-p', 'x', '--', '-T', 'f']),
    ).toEqual({
      toolchain: 'nightly',
      command: 'build',
      global: ['-Z', 'unstable-options', '--config', 'a=1'],
      args: ['-p', 'x'],
      rest: ['--', '-T', 'f'],
    });
    expect(parseCommandLine(['--version']).command).toBeUndefined();
    expect(parseCommandLine([])).toEqual({ toolchain: undefined, command: undefined, global: [], args: [], rest: [] });
  });
});

describe('optionsOf', () => {
  it('reads every spelling of an option', () => {
    const spellings = [['-Z', 'build-std=core'], ['-Zbuild-std=core'], ['-Z=build-std=core']];
    for (const words of spellings) expect(valueOf(optionsOf(words), '-Z')).toBe('build-std=core');
    for (const words of [['--target', 'x'], ['--target=x']]) expect(valueOf(optionsOf(words), '--target')).toBe('x');
    expect(optionsOf(['--features=', 'pkg', '--release'])).toEqual([
      { name: '--features', value: '', words: ['--features='] },
      { name: '', words: ['pkg'] },
      { name: '--release', words: ['--release'] },
    ]);
    // The last one counts, as cargo has it.
    expect(valueOf(optionsOf(['--profile', 'a', '--profile=b']), '--profile')).toBe('b');
  });

  it('loses no word', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--target', '-Z', '--target=x', '-p', '--release', '-Cx', '--config'),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(wordsOf(optionsOf(words))).toEqual(words);
      }),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const { toolchain, command, global, args, rest } = parseCommandLine(words);
        const count = (toolchain === undefined ? 0 : 1) + (command === undefined ? 0 : 1);
        expect(count + global.length + args.length + rest.length).toBe(words.length);
      }),
    );
  });
});
