/** Variables by which the user's environment could change what cargo and rustc make. */
const CHANGES_THE_RESULT: readonly RegExp[] = [
  // Flags for every crate; ours come in CARGO_ENCODED_RUSTFLAGS.
  /^(CARGO_ENCODED_)?RUSTFLAGS$/,
  // Another compiler than the toolchain that Nx hashed.
  /^RUSTC$/,
  /^RUSTC_BOOTSTRAP$/,
  /^RUSTC_WORKSPACE_WRAPPER$/,
  /^RUSTC_FORCE_/,
  /^RUSTUP_TOOLCHAIN$/,
  /^RUST_TARGET_PATH$/,
  /^CG_CLIF_/,
  // [build]: target, target directory, flags, compiler.
  /^CARGO_BUILD_(?!JOBS$|RUSTC_WRAPPER$)/,
  /^CARGO_TARGET_/,
  /^CARGO_HOST_/,
  // Optimisation, debug information, LTO, strip.
  /^CARGO_PROFILE_/,
  /^CARGO_INCREMENTAL$/,
  // Unstable options, feature unification.
  /^CARGO_UNSTABLE_/,
  /^CARGO_RESOLVER_/,
  // lld reads options from these.
  /^LLD_/,
];

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
}

/**
 * The environment for one cargo run: the user's, with changes; undefined removes a variable.
 *
 * Removed is what would change the result behind Nx's back, since the task's hash does not know it: RUSTFLAGS, RUSTC and
 * RUSTUP_TOOLCHAIN, RUSTC_WORKSPACE_WRAPPER, CARGO_BUILD_*, CARGO_TARGET_*, CARGO_HOST_*, CARGO_PROFILE_*, CARGO_UNSTABLE_*,
 * CARGO_RESOLVER_*, CARGO_INCREMENTAL, CG_CLIF_*, LLD_*.
 * Kept is what only says how: RUSTC_WRAPPER (sccache), CARGO_BUILD_JOBS, CARGO_HOME, registries, mirrors, proxies, CARGO_TERM_*.
 */
export function cargoEnvironment(
  user: Readonly<Record<string, string | undefined>>,
  { toolchainEnv, specDir, rustflags, buildDir, targetDir, lockFile }: CargoSettings,
): Record<string, string | undefined> {
  const removed = Object.keys(user).filter((name) => CHANGES_THE_RESULT.some((pattern) => pattern.test(name)));
  return {
    // Git itself, with the user's configuration (insteadOf, credentials), fetches crates from repositories.
    CARGO_NET_GIT_FETCH_WITH_CLI: 'true',
    ...user,
    ...Object.fromEntries(removed.map((name) => [name, undefined])),
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
