/** The one place for the versions, commits and hashes that this package is made for. */

/** The Rust release that both halves of the dual-backend toolchain are. */
export const RUST = {
  version: '1.95.0',
  /** Commit of rust-lang/rust, as `rustc -vV` prints it. */
  commit: '59807616e1fa2540724bfbac14d7976d7e4a3860',
  date: '2026-04-14',
} as const;

/** What `rustc --version` prints after `rustc `; crates of compilers with the same string can be linked together. */
export const RUST_VERSION_STRING = `${RUST.version} (${RUST.commit.slice(0, 9)} ${RUST.date})`;

/** A form in which rustc's source release is published. */
export interface SourceRelease {
  /** File name. */
  name: string;
  sha256: string;
}

/** The Rust project's own release: everything, every vendored crate too (239 MB). */
export const OFFICIAL_SOURCE: SourceRelease & { url: string } = {
  name: 'rustc-1.95.0-src.tar.xz',
  url: 'https://static.rust-lang.org/dist/rustc-1.95.0-src.tar.xz',
  sha256: '62b67230754da642a264ca0cb9fc08820c54e2ed7b3baba0289876d4cdb48c08',
};

/** Debian's copy of it without some vendored crates (88 MB); `path` is relative to a mirror's base URL. */
export const DEBIAN_SOURCE: SourceRelease & { path: string } = {
  name: 'rustc_1.95.0+dfsg1.orig.tar.xz',
  path: 'pool/main/r/rustc/rustc_1.95.0+dfsg1.orig.tar.xz',
  sha256: 'fee0a232c32b6f919b2166efc441a7c37884905bdcc2170163579eeed5feee6b',
};

/** An npm package that brings the Cranelift half for one kind of machine. */
export interface PlatformPackage {
  name: string;
  /** The archive in it. */
  archive: string;
  sha256: string;
}

/** The packages there are, by `process.platform` and `process.arch`. */
export const PLATFORM_PACKAGES: Readonly<Record<string, PlatformPackage>> = {
  'linux-x64': {
    name: '@nx-redox/toolchain-linux-x64',
    archive: 'rust-1.95.0-cranelift-x86_64-unknown-linux-gnu.tar.xz',
    sha256: '6e62974965427bdd6b80ce18a72868a94b91324d9afae8dc5aed3326cac87682',
  },
};

/** The rustup toolchain that has both backends: a nightly from soon after 1.95 branched off. */
export const NIGHTLY = 'nightly-2026-03-07';
export const NIGHTLY_COMPONENTS = ['rustc-codegen-cranelift-preview', 'rust-src'] as const;

/** Changes when the steps of the source build change, so that old results are not taken for new ones. */
export const SOURCE_BUILD_REVISION = 2;
