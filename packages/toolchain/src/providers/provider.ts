import type { Home } from '../home';
import type { Location } from '../location';
import type { Work } from '../progress';

/** What a provider may need to know; each is an option or an environment variable. */
export interface ProviderOptions {
  /** A sysroot-like folder with bin/rustc (`REDOX_TOOLCHAIN`). */
  path?: string;
  /** An archive with the Cranelift half (`REDOX_TOOLCHAIN_ARCHIVE`). */
  archive?: string;
  /** SHA-256 that the archive must have (`REDOX_TOOLCHAIN_SHA256`). */
  sha256?: string;
  /** Sysroot of the stable release that the Cranelift half is completed with (`REDOX_RUST_STABLE`). */
  stable?: string;
  /** File or URL of rustc's source release (`REDOX_RUSTC_SOURCE`). */
  source?: string;
}

export interface ProviderContext {
  options: ProviderOptions;
  home: Home;
  work: Work;
}

/** A way to get a toolchain; throws a UserError that says why it did not work. */
export type Provider = (context: ProviderContext) => Promise<Location>;
