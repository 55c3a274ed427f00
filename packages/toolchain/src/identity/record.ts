/** What a toolchain can do, found by compiling a few lines with it. */
export interface Capabilities {
  /** Cranelift compiles for a target of ours. */
  cranelift: boolean;
  llvm: boolean;
  /** Cranelift takes `sym` operands in asm!, global_asm! and naked functions. */
  sym: boolean;
  /** Cranelift compiles C-variadic functions (definitions; calls always work). */
  cVariadicDefinitions: boolean;
  /** Cranelift compiles 128-bit atomic operations. */
  atomics128: boolean;
  /** Cranelift gives each data object a section of its own, so that the linker drops what nothing uses. */
  dataSections: boolean;
  /** Cranelift compiles `_xsetbv` for x86_64, and `int $3` in inline assembly. */
  x86Assembly: boolean;
  /** core's source has what sources for Rust 1.97 call: `VaList::next_arg`, `process::abort_immediate`. */
  core197: boolean;
}

/** What tasks hash of a toolchain (`dist/toolchain/identity.json`): versions and content, no path. */
export interface Identity {
  schema: 1;
  /** Version of rustc. */
  rustc: string;
  /** Commit of rust-lang/rust. */
  commit: string;
  /** Target triple of the machine it runs on. */
  host: string;
  /** Version of Cranelift. */
  cranelift: string | null;
  /** SHA-256 of the Cranelift backend's library; Node has it in native code, and these files are large. */
  backendHash: string | null;
  /** SHA-256 of librustc_driver, or of rustc itself where that is one file. */
  rustcHash: string;
  /** SHA-256 of the standard library's source: paths and content. Two revisions may differ in it alone. */
  libraryHash: string | null;
  capabilities: Capabilities;
  /** 16 hex digits of the BLAKE3 of all the others. */
  id: string;
}
