import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '@nx-redox/kit/toml';
import { formatLock, parseLock, type RecipeLock } from './lock-file';

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const text = fc.string({ minLength: 1, unit: 'grapheme' });
const optional = <K extends string, T>(key: K, value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined }).map((found) => (found === undefined ? {} : ({ [key]: found } as Record<K, T>)));
const git = fc
  .tuple(text, optional('branch', text), optional('rev', text), fc.oneof(hex(40), hex(64)))
  .map(([url, branch, rev, commit]) => ({ kind: 'git' as const, git: url, ...branch, ...rev, commit }));
const tar = fc.tuple(text, hex(64)).map(([url, blake3]) => ({ kind: 'tar' as const, tar: url, blake3 }));
const sameAs = text.map((path) => ({ kind: 'same-as' as const, same_as: path }));
const lock: fc.Arbitrary<RecipeLock> = fc
  .tuple(
    fc.oneof(git, tar, sameAs),
    fc.array(fc.record({ file: text, blake3: hex(64) }, { noNullPrototype: true }), { maxLength: 4 }),
    optional('script', hex(64)),
    optional('packages', fc.array(text, { maxLength: 3 })),
    hex(64),
  )
  .map(([source, patches, script, packages, digest]) => ({
    source,
    patches,
    ...script,
    ...packages,
    digest: `sha256:${digest}`,
  }));

describe('recipe.lock', () => {
  it('is read as it was written, and written the same again', () => {
    fc.assert(
      fc.property(lock, (written) => {
        const bytes = formatLock(written);
        const { lock: read, diagnostics } = parseLock(bytes, 'recipe.lock');
        expect(diagnostics).toEqual([]);
        expect(read).toEqual(written);
        expect(formatLock(read!)).toBe(bytes);
      }),
    );
  });

  it('has a form that people can read', () => {
    expect(
      formatLock({
        source: { kind: 'git', git: 'https://example.org/x.git', branch: 'main', commit: 'a'.repeat(40) },
        patches: [{ file: 'fix.patch', blake3: 'b'.repeat(64) }],
        packages: ['logd'],
        digest: `sha256:${'c'.repeat(64)}`,
      }),
    ).toBe(
      [
        '# Pins the source of this recipe. Written by its target update-lock; keep it in git.',
        'version = 1',
        'git = "https://example.org/x.git"',
        'branch = "main"',
        `commit = "${'a'.repeat(40)}"`,
        'packages = ["logd"]',
        `digest = "sha256:${'c'.repeat(64)}"`,
        '',
        '[[patches]]',
        'file = "fix.patch"',
        `blake3 = "${'b'.repeat(64)}"`,
        '',
      ].join('\n'),
    );
  });

  it('never throws, and says where a mistake is', () => {
    fc.assert(fc.property(fc.string(), (bytes) => void parseLock(bytes, 'recipe.lock')));
    const digest = `digest = "sha256:${'c'.repeat(64)}"`;
    const problems = (bytes: string) => {
      const { lock: read, diagnostics } = parseLock(bytes, 'r/recipe.lock');
      expect(read).toBeUndefined();
      return diagnostics.map(formatDiagnostic).join('\n');
    };
    expect(problems(`version = 2\n${digest}\n`)).toContain('r/recipe.lock:1:11: this recipe.lock is of a version');
    expect(problems(`version = 1\n${digest}\n`)).toContain('does not say what the source is pinned to');
    expect(problems(`version = 1\ngit = "x"\ncommit = "main"\n${digest}\n`)).toContain('r/recipe.lock:3:10:');
    expect(problems(`version = 1\ngit = "x"\ntar = "y"\ncommit = "${'a'.repeat(40)}"\n${digest}\n`)).toContain(
      'pinned to',
    );
    expect(problems('version = 1\n')).toContain('digest');
  });
});
