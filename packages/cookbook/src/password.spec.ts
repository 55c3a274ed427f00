import { describe, expect, it } from 'vitest';
import { hashPassword, saltOf } from './password';

describe('hashPassword', () => {
  it('gives the hash that rust-argon2 gives by default', async () => {
    // Written by redox_installer 0.2.42, which chose the salt 2E128C2884B27C06.
    expect(await hashPassword('password', '2E128C2884B27C06')).toBe(
      '$argon2id$v=19$m=19456,t=2,p=1$MkUxMjhDMjg4NEIyN0MwNg$mIgTRqWZUAnJnaacKi7tYZOiF8GbUgS8DIqGR4T2ToE',
    );
  });

  it('gives the same hash with and without what Node has', async () => {
    for (const [password, salt] of [
      ['secret', 'ABCDEFGH'],
      ['häßlich ✓', '2E128C2884B27C06'],
    ] as const) {
      const hash = await hashPassword(password, salt, null);
      expect(await hashPassword(password, salt)).toBe(hash);
      const failing = () => {
        throw new Error('not supported');
      };
      expect(await hashPassword(password, salt, failing)).toBe(hash);
      expect(await hashPassword(password, salt, (_, __, done) => done(new Error('no'), Buffer.alloc(0)))).toBe(hash);
    }
  });

  it('leaves no password empty', async () => {
    expect(await hashPassword('', '2E128C2884B27C06')).toBe('');
  });
});

describe('saltOf', () => {
  it('is another one for each user and config, and always the same', () => {
    const salts = [saltOf('minimal', 'root'), saltOf('minimal', 'user'), saltOf('server', 'root')];
    expect(new Set(salts).size).toBe(3);
    for (const salt of salts) expect(salt).toMatch(/^[0-9A-F]{16}$/);
    expect(saltOf('minimal', 'root')).toBe(salts[0]);
  });
});
