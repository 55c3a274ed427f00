import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, withoutCredentials } from './redact';

describe('redact', () => {
  it.each([
    ['https://me:secret@example.org/x', 'https://***@example.org/x'],
    ['https://token123@example.org/x.git', 'https://***@example.org/x.git'],
    ["fatal: unable to access 'https://a:p@ss@h.org/x/': no", "fatal: unable to access 'https://***@h.org/x/': no"],
    ['ssh://git@example.org/x', 'ssh://git@example.org/x'],
    ['ssh://git:pw@example.org/x', 'ssh://***@example.org/x'],
    ['git@example.org:x/y.git', 'git@example.org:x/y.git'],
    ['https://h.org/x?a=1&access_token=abc&b=2#t', 'https://h.org/x?a=1&access_token=***&b=2#t'],
    ['https://h.org/x?X-Amz-Signature=abc', 'https://h.org/x?X-Amz-Signature=***'],
    ['https://h.org/a@b/c', 'https://h.org/a@b/c'],
  ])('%s', (text, shown) => expect(redact(text)).toBe(shown));

  // Quadratic work would take minutes.
  it.each([
    ['a.', 'a long word'],
    ['https://', 'many URLs'],
    ['https://a@', 'many users'],
    ['?token', 'a parameter without an end'],
    ['token', 'a word of secrets'],
    ['?a=1&', 'many parameters'],
  ])('takes no longer for each character of "%s…" (%s)', (piece) => {
    const text = piece.repeat(200_000);
    expect(redact(`?${text}`).length).toBeGreaterThan(0);
    expect(redact(`${text} https://u:hidden@h/`)).not.toContain('hidden');
  });

  it('hides every password, wherever the URL stands', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9:@!$*+=~._-]{6,20}$/).map((text) => `S${text}S`);
    fc.assert(
      fc.property(secret, fc.string(), (password, around) => {
        expect(redact(`error https://user:${password}@host.example/x `)).not.toContain(password);
        expect(withoutCredentials(`https://user:${password}@host.example/x`)).toBe('https://host.example/x');
        expect(() => redact(around)).not.toThrow();
      }),
    );
  });
});
