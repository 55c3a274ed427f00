import { type Environment, onlyVariables, outsideEnvironment } from '@nx-redox/kit';

export interface CargoSettings {
  /** Of the toolchain: RUSTC and what the compiler itself needs. */
  toolchainEnv: Readonly<Record<string, string | undefined>>;
  /** Folder of the target specification. */
  specDir: string;
  /** For every crate of the target. */
  rustflags: readonly string[];
  /** Shared by all tasks of one toolchain and backend: compiled crates. */
  buildDir: string;
  /** Linked programs of one task. */
  targetDir: string;
  /** A Cargo.lock in place of the source's own. */
  lockFile?: string;
  /** Variables of the user that the recipe asks for. */
  env?: readonly string[];
}

/**
 * The environment for one cargo run. Of the user's variables only those are in it that say how, not what to build (see
 * outsideEnvironment): neither RUSTFLAGS nor CARGO_PROFILE_* or a token reaches cargo, rustc or a build.rs. All others of
 * this process are undefined.
 */
export function cargoEnvironment(
  user: Environment,
  { toolchainEnv, specDir, rustflags, buildDir, targetDir, lockFile, env = [] }: CargoSettings,
): Record<string, string | undefined> {
  return {
    // Git itself, with the user's configuration (insteadOf, credentials), fetches crates from repositories.
    CARGO_NET_GIT_FETCH_WITH_CLI: 'true',
    ...onlyVariables(outsideEnvironment(user, env)),
    ...toolchainEnv,
    RUST_TARGET_PATH: specDir,
    // Separated by 0x1f, so that paths may hold spaces; stronger than any config file.
    CARGO_ENCODED_RUSTFLAGS: rustflags.join('\x1f'),
    CARGO_BUILD_BUILD_DIR: buildDir,
    CARGO_TARGET_DIR: targetDir,
    // Cranelift refuses LTO, and both backends shall compile the same program.
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_INCREMENTAL: '0',
    // Link arguments of one package, beside others in one cargo run.
    CARGO_UNSTABLE_PROFILE_RUSTFLAGS: 'true',
    // A package gets the features it asks for, whatever is built beside it.
    CARGO_UNSTABLE_FEATURE_UNIFICATION: 'true',
    CARGO_RESOLVER_FEATURE_UNIFICATION: 'package',
    // A source whose time stamp is older than its last build is a changed source all the same.
    CARGO_UNSTABLE_CHECKSUM_FRESHNESS: 'true',
    // Backends of single crates.
    CARGO_UNSTABLE_CODEGEN_BACKEND: 'true',
    ...(lockFile === undefined ? {} : { CARGO_UNSTABLE_LOCKFILE_PATH: 'true', CARGO_RESOLVER_LOCKFILE_PATH: lockFile }),
  };
}
