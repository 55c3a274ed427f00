import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Elf, isElf, parseElf, readAr } from '@nx-redox/binary';
import { type Backend, run } from '@nx-redox/kit';
import type { Location } from '../location';
import { backendFlag, rustcSettings } from '../settings';
import type { Work } from '../progress';
import type { Capabilities } from './record';

export interface ProbeResult {
  capabilities: Capabilities;
  /** Version of Cranelift, from the `.comment` of what it compiled. */
  cranelift: string | null;
  /** For each capability that is missing, the compiler's first error. */
  reasons: Partial<Record<keyof Capabilities, string>>;
}

/** The top of a crate that needs no standard library, so that it can be compiled for any target. */
const NO_CORE = `#![no_core]
#![feature(no_core, lang_items, rustc_attrs, decl_macro, link_llvm_intrinsics, abi_unadjusted)]
#![allow(internal_features, unconditional_recursion)]
#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "copy"]
pub trait Copy {}
impl Copy for u32 {}
impl<T: PointeeSized> Copy for *mut T {}
#[lang = "sync"]
pub unsafe trait Sync {}
unsafe impl Sync for u32 {}
#[lang = "drop_in_place"]
unsafe fn drop_in_place<T: PointeeSized>(place: *mut T) { unsafe { drop_in_place(place) } }
`;
const PLAIN = `${NO_CORE}
#[unsafe(no_mangle)]
pub extern "C" fn probe() {}
`;
/** A target that rustc has built in and whose object format every backend knows. */
const PLAIN_TARGET = 'aarch64-unknown-redox';

/** A few lines that Cranelift compiles if it has a capability. */
interface LanguageProbe {
  source: string;
  /** A target of rustc's own, for sources without core; else this machine, whose core library every toolchain has. */
  target?: string;
  /** Says why what was compiled does not show the capability: success of the compiler is not always enough. */
  refusal?: (rlib: Uint8Array) => string | undefined;
}

/** The ELF files of an rlib. */
function objectsOf(rlib: Uint8Array): Elf[] {
  return readAr(rlib)
    .filter(({ bytes }) => isElf(bytes))
    .map(({ bytes }) => parseElf(bytes));
}

function sharedDataSection(rlib: Uint8Array): string | undefined {
  const places = objectsOf(rlib).flatMap((elf) =>
    elf
      .symbols()
      .filter(({ name }) => name === 'FIRST' || name === 'SECOND')
      .map(({ section }) => section),
  );
  return places.length === 2 && places[0] !== places[1] ? undefined : 'two data objects share one section';
}

/** Cranelift compiles an intrinsic that it lacks as a trap, with nothing but a warning. */
function noXsetbv(rlib: Uint8Array): string | undefined {
  const instruction = Buffer.from([0x0f, 0x01, 0xd1]);
  return objectsOf(rlib).some((elf) => Buffer.from(elf.bytes).includes(instruction))
    ? undefined
    : '_xsetbv was compiled without the instruction xsetbv';
}

type LanguageProbeName = 'sym' | 'cVariadicDefinitions' | 'atomics128' | 'dataSections' | 'x86Assembly';

/** What a backend lacks, it lacks for every target that has it. */
const LANGUAGE: Record<LanguageProbeName, LanguageProbe> = {
  sym: {
    source: `#![no_std]
use core::arch::{asm, global_asm, naked_asm};
extern "C" fn called() {}
global_asm!("/* {} */", sym called);
pub unsafe fn inline() { unsafe { asm!("/* {} */", sym called) } }
#[unsafe(naked)]
pub extern "C" fn naked() { naked_asm!("/* {} */", sym called) }
`,
  },
  cVariadicDefinitions: {
    source: `#![no_std]
#![feature(c_variadic)]
pub unsafe extern "C" fn first(_: i32, _rest: ...) {}
`,
  },
  atomics128: {
    source: `#![no_std]
#![feature(core_intrinsics)]
#![allow(internal_features)]
use core::intrinsics::{atomic_load, AtomicOrdering};
pub unsafe fn load(place: *const u128) -> u128 { unsafe { atomic_load::<u128, { AtomicOrdering::SeqCst }>(place) } }
`,
  },
  dataSections: {
    target: PLAIN_TARGET,
    refusal: sharedDataSection,
    source: `${NO_CORE}
#[unsafe(no_mangle)]
pub static FIRST: u32 = 1;
#[unsafe(no_mangle)]
pub static SECOND: u32 = 2;
`,
  },
  x86Assembly: {
    target: 'x86_64-unknown-redox',
    refusal: noXsetbv,
    source: `${NO_CORE}
#[rustc_builtin_macro]
pub macro asm("assembly template", $(operands,)* $(options($(option),*))?) {}
unsafe extern "unadjusted" {
    #[link_name = "llvm.x86.xsetbv"]
    fn xsetbv(register: u32, high: u32, low: u32);
}
#[unsafe(no_mangle)]
pub unsafe fn probe(register: u32, high: u32, low: u32) {
    unsafe { xsetbv(register, high, low) };
    unsafe { asm!("int $3") };
}
`,
  },
};

/** Names that core has since Rust 1.97, each with the file of core that defines it. */
const CORE_197 = [
  { name: 'VaList::next_arg', file: 'ffi/va_list.rs', definition: /\bfn next_arg\b/ },
  { name: 'process::abort_immediate', file: 'process.rs', definition: /\bpub fn abort_immediate\b/ },
];

/** Looked up in the source, from which sysroots are made: the compiled core of this machine is another one. */
async function missingInCore(rustSrc: string | undefined): Promise<string | undefined> {
  if (!rustSrc) return "the standard library's source is not there";
  for (const { name, file, definition } of CORE_197) {
    const text = await readFile(join(rustSrc, 'library/core/src', file), 'utf8').catch(() => '');
    if (!definition.test(text)) return `core has no ${name}`;
  }
  return undefined;
}

type Outcome = { compiled: true; rlib: string } | { compiled: false; reason: string };

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
  const { rustc, env } = rustcSettings(location, backend);
  // Without what makes programs small: code that was inlined elsewhere is not compiled, and shows nothing.
  const flags = backendFlag(location, backend) ?? [];
  const rlib = join(folder, `lib${name}-${backend}.rlib`);
  const args = [
    '-Zunstable-options',
    ...flags,
    '--edition=2024',
    '--crate-type=rlib',
    '--crate-name=probe',
    '--emit=link',
    '-o',
    rlib,
    ...(target ? ['--target', target] : []),
  ];
  // The compiler's temporary files go where they are removed with the rest.
  const result = await run(rustc, [...args, join(folder, `${name}.rs`)], {
    cwd: folder,
    env: { ...env, TMPDIR: folder },
    signal: work.signal,
  });
  return result.exitCode === 0 ? { compiled: true, rlib } : { compiled: false, reason: firstError(result.stderr) };
}

/** `0.128.3` from `rustc version … with cranelift 0.128.3` in an object file's `.comment`. */
function craneliftVersion(rlib: Uint8Array): string | null {
  for (const comment of objectsOf(rlib).flatMap((elf) => elf.comments())) {
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
      dataSections: false,
      x86Assembly: false,
      core197: false,
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
        cranelift = craneliftVersion(await readFile(plain.rlib));
        capabilities.cranelift = cranelift !== null;
        if (cranelift === null) reasons.cranelift = 'it was asked to compile with Cranelift, but another backend did';
      } else {
        reasons.cranelift = plain.reason;
      }
    }

    if (capabilities.cranelift) {
      await Promise.all(
        (Object.entries(LANGUAGE) as [LanguageProbeName, LanguageProbe][]).map(async ([name, language]) => {
          const { source, target, refusal } = language;
          await writeFile(join(folder, `${name}.rs`), source);
          const outcome = await compile(location, 'cranelift', folder, name, target, work);
          const reason = outcome.compiled ? refusal?.(await readFile(outcome.rlib)) : outcome.reason;
          capabilities[name] = reason === undefined;
          if (reason === undefined) return;
          const control = capabilities.llvm
            ? await compile(location, 'llvm', folder, name, target, work)
            : { compiled: true as const };
          reasons[name] = control.compiled
            ? reason
            : `cannot tell: LLVM does not compile the probe either (${control.reason})`;
        }),
      );
    }
    const missing = await missingInCore(location.rustSrc);
    capabilities.core197 = missing === undefined;
    if (missing !== undefined) reasons.core197 = missing;
    progress.done(
      `${Object.values(capabilities).filter(Boolean).length} of ${Object.keys(capabilities).length} capabilities`,
    );
    return { capabilities, cranelift, reasons };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
