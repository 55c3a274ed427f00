import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseElf } from '@nx-redox/binary';
import { type Backend, run } from '@nx-redox/kit';
import type { Location } from '../location';
import { rustcSettings } from '../settings';
import type { Work } from '../work';

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
}

export interface ProbeResult {
  capabilities: Capabilities;
  /** Version of Cranelift, from the `.comment` of what it compiled. */
  cranelift: string | null;
  /** For each capability that is missing, the compiler's first error. */
  reasons: Partial<Record<keyof Capabilities, string>>;
}

/** Needs no standard library, so it can be compiled for any target. */
const PLAIN = `#![no_core]
#![feature(no_core, lang_items)]
#![allow(internal_features)]
#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[unsafe(no_mangle)]
pub extern "C" fn probe() {}
`;
/** A target that rustc has built in and whose object format every backend knows. */
const PLAIN_TARGET = 'aarch64-unknown-redox';

/** Compiled for this machine, whose core library every toolchain has; what a backend lacks, it lacks everywhere. */
const LANGUAGE: Record<'sym' | 'cVariadicDefinitions' | 'atomics128', string> = {
  sym: `#![no_std]
use core::arch::{asm, global_asm, naked_asm};
extern "C" fn called() {}
global_asm!("/* {} */", sym called);
pub unsafe fn inline() { unsafe { asm!("/* {} */", sym called) } }
#[unsafe(naked)]
pub extern "C" fn naked() { naked_asm!("/* {} */", sym called) }
`,
  cVariadicDefinitions: `#![no_std]
#![feature(c_variadic)]
pub unsafe extern "C" fn first(_: i32, _rest: ...) {}
`,
  atomics128: `#![no_std]
#![feature(core_intrinsics)]
#![allow(internal_features)]
use core::intrinsics::{atomic_load, AtomicOrdering};
pub unsafe fn load(place: *const u128) -> u128 { unsafe { atomic_load::<u128, { AtomicOrdering::SeqCst }>(place) } }
`,
};

type Outcome = { compiled: true; object: string } | { compiled: false; reason: string };

function firstError(stderr: string): string {
  const line = stderr.split('\n').find((text) => /^error/.test(text)) ?? stderr.trim().split('\n')[0] ?? '';
  return line.replace(/^error(\[E\d+\])?: /, '') || 'the compiler ended without a message';
}

async function compile(
  location: Location,
  backend: Backend,
  folder: string,
  name: string,
  target: string | undefined,
  work: Work,
): Promise<Outcome> {
  const { rustc, rustflags, env } = rustcSettings(location, backend);
  const object = join(folder, `${name}-${backend}.o`);
  const args = [
    ...rustflags,
    '--edition=2024',
    '--crate-type=lib',
    '--crate-name=probe',
    '--emit=obj',
    '-o',
    object,
    ...(target ? ['--target', target] : []),
  ];
  // The compiler's temporary files go where they are removed with the rest.
  const result = await run(rustc, [...args, join(folder, `${name}.rs`)], {
    cwd: folder,
    env: { ...env, TMPDIR: folder },
    signal: work.signal,
  });
  return result.exitCode === 0 ? { compiled: true, object } : { compiled: false, reason: firstError(result.stderr) };
}

/** `0.128.3` from `rustc version … with cranelift 0.128.3` in an object file's `.comment`. */
function craneliftVersion(object: Uint8Array): string | null {
  for (const comment of parseElf(object).comments()) {
    const version = / with cranelift (\S+)/.exec(comment)?.[1];
    if (version) return version;
  }
  return null;
}

/**
 * Compiles the probes with both backends. A capability counts only if Cranelift compiles its probe; if LLVM does not
 * compile it either, the reason says that the probe itself does not fit this compiler.
 */
export async function probe(location: Location, work: Work): Promise<ProbeResult> {
  const folder = await mkdtemp(join(tmpdir(), 'nx-redox-probe-'));
  const progress = work.step('probe the toolchain');
  try {
    await writeFile(join(folder, 'plain.rs'), PLAIN);
    const capabilities: Capabilities = {
      cranelift: false,
      llvm: false,
      sym: false,
      cVariadicDefinitions: false,
      atomics128: false,
    };
    const reasons: ProbeResult['reasons'] = {};
    let cranelift: string | null = null;

    const plainLlvm = await compile(location, 'llvm', folder, 'plain', PLAIN_TARGET, work);
    capabilities.llvm = plainLlvm.compiled;
    if (!plainLlvm.compiled) reasons.llvm = plainLlvm.reason;

    if (!location.craneliftBackendFlag) {
      reasons.cranelift = 'no library librustc_codegen_cranelift in lib/rustlib/<host>/codegen-backends';
    } else {
      const plain = await compile(location, 'cranelift', folder, 'plain', PLAIN_TARGET, work);
      if (plain.compiled) {
        cranelift = craneliftVersion(await readFile(plain.object));
        capabilities.cranelift = cranelift !== null;
        if (cranelift === null) reasons.cranelift = 'it was asked to compile with Cranelift, but another backend did';
      } else {
        reasons.cranelift = plain.reason;
      }
    }

    if (capabilities.cranelift) {
      await Promise.all(
        (Object.keys(LANGUAGE) as (keyof typeof LANGUAGE)[]).map(async (name) => {
          await writeFile(join(folder, `${name}.rs`), LANGUAGE[name]);
          const outcome = await compile(location, 'cranelift', folder, name, undefined, work);
          capabilities[name] = outcome.compiled;
          if (outcome.compiled) return;
          const control = capabilities.llvm
            ? await compile(location, 'llvm', folder, name, undefined, work)
            : { compiled: true as const };
          reasons[name] = control.compiled
            ? outcome.reason
            : `cannot tell: LLVM does not compile the probe either (${control.reason})`;
        }),
      );
    }
    progress.done(
      `${Object.values(capabilities).filter(Boolean).length} of ${Object.keys(capabilities).length} capabilities`,
    );
    return { capabilities, cranelift, reasons };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
