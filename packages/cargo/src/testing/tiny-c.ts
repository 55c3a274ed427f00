import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import type { Location } from '@nx-redox/toolchain';
import type { TinyWorkspace } from './tiny-workspace';

/** First lines of a crate without core. */
export const CRATE_HEAD = '#![no_core]\n#![feature(no_core)]\n#![allow(internal_features)]\n';

const CORE = `${CRATE_HEAD}#![feature(lang_items)]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "copy"] pub trait Copy {}
impl Copy for u64 {}
`;

/**
 * Compiles, by LLVM, as the C library of Redox is, what a program is linked with: a libc.a with `from_libc`, and start
 * files that call the program's `main`.
 *
 * @param folder of the workspace, for the files.
 * @param factor what `from_libc` returns.
 */
export async function compileTinyC(
  workspace: TinyWorkspace,
  { rustcLlvm }: Location,
  folder: string,
  factor: number,
): Promise<void> {
  const path = (name: string) => join(workspace.root, name);
  const sysroot = path('dist/aarch64/llvm/toolchain/tiny');
  const { target } = JSON.parse(await readFile(join(sysroot, 'sysroot.json'), 'utf8')) as { target: string };
  const sources = {
    'libc.a': `#[unsafe(no_mangle)] pub extern "C" fn from_libc(_: u64) -> u64 { ${factor} }`,
    'crt0.o':
      'unsafe extern "C" { fn main(x: u64) -> u64; }\n#[unsafe(no_mangle)] pub extern "C" fn _start() -> u64 { unsafe { main(7) } }',
    'crti.o': '#[unsafe(no_mangle)] pub extern "C" fn _init(x: u64) -> u64 { x }',
    'crtn.o': '#[unsafe(no_mangle)] pub extern "C" fn _fini(x: u64) -> u64 { x }',
  };
  for (const [name, source] of Object.entries(sources)) {
    await workspace.write(`${folder}/source.rs`, CORE + source);
    const flags = [
      `--target=${target}`,
      `--crate-name=relibc_${name.replace('.', '_')}`,
      '-Zunstable-options',
      '-O',
      '-Cpanic=abort',
      `--sysroot=${sysroot}/sysroot`,
      ...(name.endsWith('.a') ? ['--crate-type=staticlib'] : ['--crate-type=lib', '--emit=obj']),
    ];
    const result = await run(rustcLlvm, [...flags, '-o', path(`${folder}/${name}`), path(`${folder}/source.rs`)], {
      env: { RUSTC_BOOTSTRAP: '1', RUST_TARGET_PATH: sysroot },
    });
    if (result.exitCode !== 0) throw new Error(result.stderr);
  }
}

/** A program that is linked with it, to be used with the crate `nucleus`. */
export const C_PROGRAM = `#![no_main]
${CRATE_HEAD}extern crate nucleus;
use nucleus::*;
#[link(name = "c")] unsafe extern "C" { fn from_libc(x: u64) -> u64; }
#[unsafe(no_mangle)] pub extern "C" fn main(x: u64) -> u64 { step(unsafe { from_libc(x) }) }
`;
