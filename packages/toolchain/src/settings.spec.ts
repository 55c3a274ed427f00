import { describe, expect, it } from 'vitest';
import type { Location } from './location';
import { mixedRustcSettings, remapFlags, rustcSettings } from './settings';

const LOCATION: Location = {
  root: '/t',
  rustc: '/t/bin/rustc',
  rustcLlvm: '/t/bin/rustc-llvm',
  cargo: '/t/bin/cargo',
  llvmBackendFlag: ['-Zcodegen-backend=llvm'],
  craneliftBackendFlag: ['-Zcodegen-backend=cranelift'],
  provider: 'archive',
};

describe('rustcSettings', () => {
  it('always names the backend', () => {
    expect(rustcSettings(LOCATION, 'cranelift', {})).toEqual({
      rustc: '/t/bin/rustc',
      cargo: '/t/bin/cargo',
      env: { RUSTC: '/t/bin/rustc', RUSTC_BOOTSTRAP: '1', RUSTC_ICE: '0' },
      rustflags: ['-Zunstable-options', '-Zcodegen-backend=cranelift', '-Zshare-generics=yes', '-Zinline-mir=yes'],
    });
    const llvm = rustcSettings(LOCATION, 'llvm', {});
    expect(llvm.rustc).toBe('/t/bin/rustc-llvm');
    expect(llvm.env['RUSTC']).toBe('/t/bin/rustc-llvm');
    expect(llvm.rustflags).toEqual(['-Zunstable-options', '-Zcodegen-backend=llvm']);
  });

  it("removes settings of the user's other builds, and only those", () => {
    const { env } = rustcSettings(LOCATION, 'llvm', {
      RUSTFLAGS: '-Cfoo',
      CARGO_PROFILE_RELEASE_LTO: 'fat',
      CARGO_BUILD_TARGET: 'x',
      CARGO_BUILD_JOBS: '2',
      CG_CLIF_ASM_RUSTC: '/other',
      CARGO_HOME: '/home/u/.cargo',
      RUSTC_WRAPPER: 'sccache',
    });
    expect(
      Object.entries(env)
        .filter(([, value]) => value === undefined)
        .map(([name]) => name),
    ).toEqual(['RUSTFLAGS', 'CARGO_PROFILE_RELEASE_LTO', 'CARGO_BUILD_TARGET', 'CG_CLIF_ASM_RUSTC']);
  });

  it('says what is missing without a Cranelift backend, and how to get it', () => {
    const error = (() => {
      try {
        return void rustcSettings({ ...LOCATION, craneliftBackendFlag: undefined }, 'cranelift', {});
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({
      name: 'UserError',
      message: 'the toolchain in /t has no Cranelift backend',
      advice: expect.arrayContaining([expect.stringContaining('--provider=source')]),
    });
  });
});

describe('mixedRustcSettings', () => {
  it('names no backend, so that a profile can name one for each crate', () => {
    const { rustc, env, rustflags } = mixedRustcSettings(LOCATION, { RUSTFLAGS: '-Cfoo' });
    expect(rustc).toBe('/t/bin/rustc');
    expect(env).toEqual({ RUSTFLAGS: undefined, RUSTC: '/t/bin/rustc', RUSTC_BOOTSTRAP: '1', RUSTC_ICE: '0' });
    expect(rustflags).toEqual(['-Zunstable-options']);
  });

  it('needs a toolchain with both', () => {
    expect(() => mixedRustcSettings({ ...LOCATION, craneliftBackendFlag: undefined }, {})).toThrow(/no Cranelift/);
  });
});

describe('remapFlags', () => {
  it('lets inner folders win, whatever the order', () => {
    expect(
      remapFlags({ cargoHome: '/w/x/cargo', workspaceRoot: '/w', rustSrc: '/w/x/cargo/src', commit: 'abc' }),
    ).toEqual([
      '--remap-path-prefix=/w=/workspace',
      '--remap-path-prefix=/w/x/cargo=/cargo',
      '--remap-path-prefix=/w/x/cargo/src=/rustc/abc',
    ]);
  });
});
