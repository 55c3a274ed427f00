import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Backend, BACKENDS, run } from '@nx-redox/kit';
import { type Location, rustcSettings } from '@nx-redox/toolchain';
import type { LibcExecutorOptions } from '../executors/libc/options';
import { tinyOptions, type TinyWorkspace } from './tiny-workspace';

/** A C library as relibc is one, of three functions: no standard library, so that it compiles in no time. */
const FILES: Readonly<Record<string, string>> = {
  'recipes/clib/Cargo.toml': `
[workspace]
members = ["clib", "crt0", "seed"]
resolver = "2"
[profile.release]
panic = "abort"
`,
  'recipes/clib/Cargo.lock': `version = 4
[[package]]
name = "clib"
version = "0.2.5"
dependencies = ["seed"]
[[package]]
name = "crt0"
version = "0.1.0"
dependencies = ["seed"]
[[package]]
name = "seed"
version = "0.1.0"
`,
  'recipes/clib/seed/Cargo.toml': `
[package]
name = "seed"
version = "0.1.0"
edition = "2024"
`,
  'recipes/clib/seed/src/lib.rs': `
#![no_std]
#![feature(linkage)]
#[inline(never)] pub fn step(x: u64) -> u64 { x }
#[unsafe(no_mangle)] pub extern "C" fn exported_helper(x: u64) -> u64 { x }
#[unsafe(no_mangle)] pub extern "C" fn __rust_alloc(x: u64) -> u64 { x }
#[linkage = "weak"] #[unsafe(no_mangle)] pub extern "C" fn floor(x: u64) -> u64 { x }
#[linkage = "weak"] #[unsafe(no_mangle)] pub extern "C" fn __udivti3(x: u64) -> u64 { x }
`,
  ...staticLibrary(
    'clib',
    '0.2.5',
    '#[unsafe(no_mangle)] pub unsafe extern "C" fn printf(x: u64, _: ...) -> u64 { floor(__rust_alloc(exported_helper(core::of_core(step(x))))) }',
  ),
  ...staticLibrary(
    'crt0',
    '0.1.0',
    `
core::arch::global_asm!(".globl _start", "_start:", "b begin");
#[unsafe(no_mangle)] pub extern "C" fn begin(x: u64) -> u64 { panic_handler(x) }
#[linkage = "weak"] #[unsafe(no_mangle)] pub extern "C" fn panic_handler(x: u64) -> u64 { x }
`,
  ),
};

function staticLibrary(name: string, version: string, code: string): Record<string, string> {
  return {
    [`recipes/clib/${name}/Cargo.toml`]: `
[package]
name = "${name}"
version = "${version}"
edition = "2024"
[lib]
crate-type = ["staticlib"]
[dependencies]
seed = { path = "../seed" }
`,
    [`recipes/clib/${name}/src/lib.rs`]: `
#![no_std]
#![feature(c_variadic, linkage)]
#![allow(unused_imports)]
use seed::*;
${code}
`,
  };
}

/** Of the real core, what rustc asks for and what the library uses. */
const CORE = `
#![no_core]
#![feature(no_core, lang_items, auto_traits, rustc_attrs, decl_macro)]
#![allow(internal_features)]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "copy"] pub trait Copy {}
#[lang = "freeze"] unsafe auto trait Freeze {}
impl Copy for u64 {}
#[lang = "va_list"] #[repr(C)] pub struct VaList<'a> { list: &'a u64, more: [u64; 3] }
#[inline(never)] pub fn of_core(x: u64) -> u64 { x }
pub mod ffi { #[allow(non_camel_case_types)] pub type c_int = i32; #[repr(u8)] #[allow(non_camel_case_types)] pub enum c_void { A, B } }
pub mod ptr { pub fn null_mut<T>() -> *mut T { 0usize as *mut T } }
pub mod arch { #[rustc_builtin_macro] pub macro global_asm() {} }
pub mod prelude { pub mod rust_2024 { pub use crate::{Copy, Sized}; } }
`;

const BUILTINS =
  '#![feature(no_core, compiler_builtins)]\n#![no_core]\n#![compiler_builtins]\n#![allow(internal_features)]\n';

/** Adds the C library's sources to a workspace, and a small core to its sysroots. */
export async function addTinyLibc(workspace: TinyWorkspace, location: Location): Promise<void> {
  for (const [path, text] of Object.entries({ ...FILES, 'core.rs': CORE, 'compiler_builtins.rs': BUILTINS })) {
    await workspace.write(path, text);
  }
  for (const backend of BACKENDS) {
    const specDir = join(workspace.root, 'dist/aarch64', backend, 'toolchain/tiny');
    const { target } = JSON.parse(await readFile(join(specDir, 'sysroot.json'), 'utf8')) as { target: string };
    const { rustc, env, rustflags } = rustcSettings(location, backend);
    const library = join(specDir, 'sysroot/lib/rustlib', target, 'lib');
    await mkdir(library, { recursive: true });
    for (const name of ['core', 'compiler_builtins']) {
      const args = [
        `--crate-name=${name}`,
        '--crate-type=rlib',
        '--edition=2024',
        '-Copt-level=3',
        `--target=${target}`,
      ];
      const paths = ['--out-dir', library, join(workspace.root, `${name}.rs`)];
      const result = await run(rustc, [...rustflags, ...args, ...paths], {
        env: { ...env, RUST_TARGET_PATH: specDir },
      });
      if (result.exitCode !== 0) throw new Error(result.stderr);
    }
  }
}

/** Options of the executor libc for it; its one crate with a C-variadic function is for LLVM. */
export function tinyLibcOptions(backend: Backend, more: Partial<LibcExecutorOptions> = {}): LibcExecutorOptions {
  const { arch, spec, sysrootPath } = tinyOptions('clib', backend);
  return {
    ...{ arch, backend, spec, sysrootPath },
    manifestPath: 'recipes/clib/Cargo.toml',
    package: 'clib',
    startFiles: ['crt0'],
    crateBackends: { clib: 'llvm' },
    outputPath: 'dist/{arch}/{backend}/clib',
    ...more,
  };
}
