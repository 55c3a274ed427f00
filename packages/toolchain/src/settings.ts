import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Backend, BACKEND_NAMES, UserError } from '@nx-redox/kit';
import type { Identity } from './identity/record';
import type { Location } from './location';

/** How to start one backend of a toolchain. */
export interface RustcSettings {
  /** The compiler to call; cargo gets it from `env.RUSTC`. */
  rustc: string;
  cargo: string;
  /** Variables to set or, if undefined, to remove. */
  env: Record<string, string | undefined>;
  /** Flags that every compilation for a target needs; give them to cargo with {@link encodeRustflags}. */
  rustflags: string[];
}

/** What to do when a toolchain has no Cranelift backend. */
export const NO_CRANELIFT_ADVICE = [
  'on x86_64 Linux: install @nx-redox/toolchain-linux-x64, an optional dependency of @nx-redox/toolchain',
  'or set REDOX_TOOLCHAIN_ARCHIVE to an archive with the Cranelift half of the pinned Rust',
  'or with rustup: `npx nx run toolchain:install --provider=rustup` (a nightly with rustc-codegen-cranelift-preview)',
  'or build it once, in about half an hour: `npx nx run toolchain:install --provider=source`',
];

/**
 * Variables by which the user's environment would change what we compile behind the back of Nx's hashes. What only says
 * how to compile stays: RUSTC_WRAPPER (sccache), CARGO_BUILD_JOBS, CARGO_HOME, registries, proxies.
 */
const CHANGES_THE_RESULT = new RegExp(
  [
    '^(CARGO_ENCODED_)?RUSTFLAGS$',
    '^(RUSTC|RUSTDOC|RUSTC_BOOTSTRAP|RUSTC_WORKSPACE_WRAPPER|RUSTUP_TOOLCHAIN|RUST_TARGET_PATH)$',
    '^(RUSTC_FORCE_|CG_CLIF_|LLD_)',
    '^CARGO_BUILD_(?!JOBS$|RUSTC_WRAPPER$)',
    '^CARGO_(INCREMENTAL$|TARGET_|HOST_|PROFILE_|UNSTABLE_|RESOLVER_)',
  ].join('|'),
);

/** A compiler that crashes would leave its report where it works: in the sources of a crate, or of the standard library. */
const OF_EACH_CALL = { RUSTC_BOOTSTRAP: '1', RUSTC_ICE: '0' };

/** Removes from an environment what would change the result of a compilation; undefined removes a variable. */
export function withoutCompilerSettings(env: NodeJS.ProcessEnv): Record<string, undefined> {
  const names = Object.keys(env).filter((name) => CHANGES_THE_RESULT.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/**
 * What makes programs by Cranelift smaller (docs/performance.md): it inlines nothing itself. Instances of generic functions that a library
 * has are used, not made again, and rustc inlines also where a profile asks for size (`opt-level = "s"`), which it
 * leaves to LLVM else.
 */
const CRANELIFT_FLAGS = ['-Zshare-generics=yes', '-Zinline-mir=yes'];

/** The flag that chooses a backend, and nothing else; undefined if the toolchain does not have it. */
export function backendFlag(location: Location, backend: Backend): string[] | undefined {
  return backend === 'llvm' ? location.llvmBackendFlag : location.craneliftBackendFlag;
}

/** Flags of rustc for compiling with a backend; undefined if the toolchain does not have it. */
export function backendFlags(location: Location, backend: Backend): string[] | undefined {
  const flag = backendFlag(location, backend);
  return flag && (backend === 'llvm' ? flag : [...flag, ...CRANELIFT_FLAGS]);
}

/**
 * Environment and flags for compiling with one backend; the same compiler binary and flags for all crates of a build.
 *
 * @throws {UserError} if the toolchain does not have that backend.
 */
export function rustcSettings(
  location: Location,
  backend: Backend,
  env: NodeJS.ProcessEnv = process.env,
): RustcSettings {
  const flags = backendFlags(location, backend);
  if (!flags) {
    throw new UserError(`the toolchain in ${location.root} has no ${BACKEND_NAMES[backend]} backend`, {
      advice: backend === 'cranelift' ? NO_CRANELIFT_ADVICE : 'use a toolchain whose rustc has LLVM',
    });
  }
  // A launcher adds --sysroot to calls of LLVM, which rustc takes once only.
  const rustc = backend === 'llvm' ? location.rustcLlvm : location.rustc;
  return {
    rustc,
    cargo: location.cargo,
    env: { ...withoutCompilerSettings(env), RUSTC: rustc, ...OF_EACH_CALL },
    // Specs of our own are unstable.
    rustflags: ['-Zunstable-options', ...flags],
  };
}

/**
 * Like {@link rustcSettings} for a build in which both backends compile crates: without a flag of either, since cargo's
 * profiles (`codegen-backend`) give each crate its own, and RUSTFLAGS, which come last, would win.
 *
 * @throws {UserError} if the toolchain does not have both backends.
 */
export function mixedRustcSettings(location: Location, env: NodeJS.ProcessEnv = process.env): RustcSettings {
  const { cargo } = rustcSettings(location, 'cranelift', env);
  return {
    rustc: location.rustc,
    cargo,
    env: { ...withoutCompilerSettings(env), RUSTC: location.rustc, ...OF_EACH_CALL },
    rustflags: ['-Zunstable-options'],
  };
}

/**
 * Makes sure that a backend not only lies in the toolchain but compiles, as the probes found out.
 *
 * @throws {UserError} if it does not.
 */
export function requireBackend(location: Location, identity: Pick<Identity, 'capabilities'>, backend: Backend): void {
  if (identity.capabilities[backend]) return;
  throw new UserError(`the toolchain in ${location.root} has no ${BACKEND_NAMES[backend]} backend that works`, {
    advice: [
      'npx nx run toolchain:doctor (says what it cannot compile)',
      ...(backend === 'cranelift' ? NO_CRANELIFT_ADVICE : ['use a toolchain whose rustc has LLVM']),
    ],
  });
}

/** Cargo's folder with downloaded crates. */
export function cargoHome(env: NodeJS.ProcessEnv = process.env): string {
  return env.CARGO_HOME ?? join(homedir(), '.cargo');
}

/**
 * `--remap-path-prefix` flags that keep the folders of this machine out of what is compiled: the same tree in two
 * folders gives the same bytes. rustc lets the last matching flag win, so inner folders come last.
 */
export function remapFlags(folders: {
  cargoHome: string;
  rustSrc?: string;
  commit?: string;
  workspaceRoot?: string;
}): string[] {
  const { rustSrc, commit = 'rust', workspaceRoot } = folders;
  const pairs: [string, string][] = [[folders.cargoHome, '/cargo']];
  if (rustSrc) pairs.push([rustSrc, `/rustc/${commit}`]);
  if (workspaceRoot) pairs.push([workspaceRoot, '/workspace']);
  return pairs.sort(([a], [b]) => a.length - b.length).map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
}
