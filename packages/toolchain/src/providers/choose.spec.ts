import { describe, expect, it } from 'vitest';
import { chooseProvider } from './choose';

describe('chooseProvider', () => {
  it('is automatic without a wish', () => {
    expect(chooseProvider({}, {}).provider).toBeUndefined();
    expect(chooseProvider({}, { REDOX_TOOLCHAIN: '', REDOX_TOOLCHAIN_ARCHIVE: '' }).provider).toBeUndefined();
  });

  it('takes options before variables, and path before archive', () => {
    const env = { REDOX_TOOLCHAIN: '/env', REDOX_TOOLCHAIN_ARCHIVE: '/env.tar.xz' };
    expect(chooseProvider({}, env).provider).toBe('path');
    expect(chooseProvider({}, { REDOX_TOOLCHAIN_ARCHIVE: '/env.tar.xz' })).toMatchObject({
      provider: 'archive',
      options: { archive: '/env.tar.xz' },
    });
    expect(chooseProvider({ archive: '/opt.tar.xz' }, env)).toMatchObject({
      provider: 'archive',
      options: { archive: '/opt.tar.xz' },
    });
    expect(chooseProvider({ path: '/opt' }, env)).toMatchObject({ provider: 'path', options: { path: '/opt' } });
    expect(chooseProvider({ provider: 'source' }, env).provider).toBe('source');
  });

  it('hands on what the providers need', () => {
    const env = { REDOX_RUST_STABLE: '/stable', REDOX_RUSTC_SOURCE: 'https://host.example/x' };
    expect(chooseProvider({}, env).options).toMatchObject({ stable: '/stable', source: 'https://host.example/x' });
    expect(chooseProvider({ stable: '/mine' }, env).options.stable).toBe('/mine');
  });

  it('refuses contradictions', () => {
    expect(() => chooseProvider({ path: '/a', archive: '/b' }, {})).toThrow(/contradict/);
    expect(() => chooseProvider({ provider: 'rustup', archive: '/b' }, {})).toThrow(/contradict/);
    expect(() => chooseProvider({ provider: 'nix' as 'path' }, {})).toThrow(/no toolchain provider "nix"/);
  });
});
