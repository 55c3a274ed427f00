import { describe, expect, it } from 'vitest';
import { cargoEnvironment } from './environment';

const settings = {
  toolchainEnv: { RUSTC: '/tools/bin/rustc', RUSTC_BOOTSTRAP: '1' },
  specDir: '/w/dist/spec',
  rustflags: ['--sysroot=/w/a folder', '-Cforce-frame-pointers=yes'],
  buildDir: '/w/target/redox/llvm-1',
  targetDir: '/w/target/redox/llvm-1/programs/logd',
};

describe('cargoEnvironment', () => {
  it.each([
    'RUSTFLAGS',
    'RUSTC_WORKSPACE_WRAPPER',
    'RUSTUP_TOOLCHAIN',
    'CARGO_BUILD_TARGET',
    'CARGO_BUILD_RUSTFLAGS',
    'CARGO_BUILD_TARGET_DIR',
    'CARGO_TARGET_AARCH64_UNKNOWN_NONE_LINKER',
    'CARGO_HOST_RUSTFLAGS',
    'CARGO_PROFILE_RELEASE_DEBUG',
    'CARGO_UNSTABLE_BUILD_STD',
    'CG_CLIF_ASM_RUSTC',
    'LLD_REPRODUCE',
  ])('removes %s, which would change the result', (name) => {
    const env = cargoEnvironment({ [name]: 'surprise' }, settings);
    expect(env[name]).toBeUndefined();
  });

  it.each([
    'RUSTC_WRAPPER',
    'CARGO_BUILD_RUSTC_WRAPPER',
    'CARGO_BUILD_JOBS',
    'CARGO_HOME',
    'CARGO_NET_OFFLINE',
    'CARGO_HTTP_PROXY',
    'CARGO_REGISTRIES_MIRROR_INDEX',
    'CARGO_SOURCE_CRATES_IO_REPLACE_WITH',
    'CARGO_TERM_QUIET',
    'PATH',
    'SCCACHE_DIR',
  ])('keeps %s, which only says how', (name) => {
    expect(cargoEnvironment({ [name]: 'kept' }, settings)[name]).toBe('kept');
  });

  it('has the last word on what it sets', () => {
    const user = {
      RUSTC: '/usr/bin/rustc',
      RUST_TARGET_PATH: '/x',
      CARGO_ENCODED_RUSTFLAGS: '-Cx',
      CARGO_TARGET_DIR: '/x',
      CARGO_BUILD_BUILD_DIR: '/x',
      CARGO_PROFILE_RELEASE_LTO: 'fat',
      CARGO_INCREMENTAL: '1',
      CARGO_RESOLVER_FEATURE_UNIFICATION: 'workspace',
    };
    expect(cargoEnvironment(user, settings)).toMatchObject({
      RUSTC: '/tools/bin/rustc',
      RUST_TARGET_PATH: '/w/dist/spec',
      CARGO_ENCODED_RUSTFLAGS: '--sysroot=/w/a folder\x1f-Cforce-frame-pointers=yes',
      CARGO_TARGET_DIR: '/w/target/redox/llvm-1/programs/logd',
      CARGO_BUILD_BUILD_DIR: '/w/target/redox/llvm-1',
      CARGO_PROFILE_RELEASE_LTO: 'off',
      CARGO_INCREMENTAL: '0',
      CARGO_RESOLVER_FEATURE_UNIFICATION: 'package',
    });
  });

  it('lets git itself fetch, unless the user decided otherwise', () => {
    expect(cargoEnvironment({}, settings)['CARGO_NET_GIT_FETCH_WITH_CLI']).toBe('true');
    const user = { CARGO_NET_GIT_FETCH_WITH_CLI: 'false' };
    expect(cargoEnvironment(user, settings)['CARGO_NET_GIT_FETCH_WITH_CLI']).toBe('false');
  });

  it("takes another lock file than the source's", () => {
    expect(cargoEnvironment({}, settings)).not.toHaveProperty('CARGO_RESOLVER_LOCKFILE_PATH');
    expect(cargoEnvironment({}, { ...settings, lockFile: '/w/locks/Cargo.lock' })).toMatchObject({
      CARGO_UNSTABLE_LOCKFILE_PATH: 'true',
      CARGO_RESOLVER_LOCKFILE_PATH: '/w/locks/Cargo.lock',
    });
  });
});
