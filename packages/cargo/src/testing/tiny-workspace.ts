import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Backend } from '@nx-redox/kit';
import { deriveSpec, locate, type Location, locationFile, readLocation } from '@nx-redox/toolchain';
import type { BuildExecutorOptions } from '../executors/build/options';

const REPOSITORY = resolve(__dirname, '../../../..');

/** Whether there is a toolchain for real builds in tests: the repository's, or the one in REDOX_TOOLCHAIN. */
export function hasToolchain(): boolean {
  return existsSync(locationFile(REPOSITORY)) || process.env.REDOX_TOOLCHAIN !== undefined;
}

/** That toolchain. */
export async function testToolchain(): Promise<Location> {
  const { REDOX_TOOLCHAIN } = process.env;
  return REDOX_TOOLCHAIN ? locate(REDOX_TOOLCHAIN, 'path') : readLocation(REPOSITORY);
}

const SPEC = {
  name: 'tiny',
  base: 'aarch64-unknown-none',
  changes: ['elf-object-format', 'atomics-64', 'panic-abort', 'frame-pointers'],
};

/** Files of a Cargo workspace whose programs need no standard library, so that they compile in no time. */
export const TINY_FILES: Readonly<Record<string, string>> = {
  'recipes/tiny/Cargo.toml': `
[workspace]
members = ["nucleus", "logd", "timed", "kernel"]
resolver = "2"
[profile.release]
panic = "abort"
`,
  'recipes/tiny/Cargo.lock': `version = 4
[[package]]
name = "kernel"
version = "0.1.0"
dependencies = ["nucleus"]
[[package]]
name = "logd"
version = "0.1.0"
dependencies = ["nucleus"]
[[package]]
name = "nucleus"
version = "0.3.1"
[[package]]
name = "timed"
version = "0.1.0"
dependencies = ["nucleus"]
`,
  'recipes/tiny/program.ld': `
PHDRS { rodata PT_LOAD FLAGS(4) FILEHDR PHDRS; text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
SECTIONS {
  . = 0x400000 + SIZEOF_HEADERS;
  .rodata : { *(.rodata*) } :rodata
  . = ALIGN(4096); .text : { *(.text*) } :text
  . = ALIGN(4096); .data : { *(.data*) *(.got*) *(.bss*) } :data
  /DISCARD/ : { *(.eh_frame*) }
}
`,
  // What rustc asks of a crate that stands in for core.
  'recipes/tiny/nucleus/src/lib.rs': `
#![no_core]
#![feature(no_core, lang_items, auto_traits)]
#![allow(internal_features)]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "copy"] pub trait Copy {}
#[lang = "freeze"] unsafe auto trait Freeze {}
impl Copy for u64 {}
#[inline(never)] pub fn step(x: u64) -> u64 { if_long(x) }
#[cfg(feature = "long")] fn if_long(_: u64) -> u64 { 1111 }
#[cfg(not(feature = "long"))] fn if_long(_: u64) -> u64 { 2 }
`,
  'recipes/tiny/nucleus/Cargo.toml': `
[package]
name = "nucleus"
version = "0.3.1"
edition = "2024"
[features]
long = []
`,
  ...program('logd', '{ path = "../nucleus" }'),
  ...program('timed', '{ path = "../nucleus", features = ["long"] }'),
  ...program('kernel', '{ path = "../nucleus" }'),
  // A build script runs on the host: the kernel's link arguments must not reach it.
  'recipes/tiny/kernel/build.rs': 'fn main() { println!("cargo::rerun-if-changed=build.rs"); }\n',
};

function program(name: string, nucleus: string): Record<string, string> {
  return {
    [`recipes/tiny/${name}/Cargo.toml`]: `
[package]
name = "${name}"
version = "0.1.0"
edition = "2024"
[dependencies]
nucleus = ${nucleus}
`,
    [`recipes/tiny/${name}/src/main.rs`]: `
#![no_core]
#![no_main]
#![feature(no_core)]
#![allow(internal_features)]
extern crate nucleus;
#[allow(unused_imports)]
use nucleus::*;
#[unsafe(no_mangle)]
pub extern "C" fn _start(x: u64) -> u64 { loop { step(x); } }
`,
  };
}

export interface TinyWorkspace {
  root: string;
  /** Reads a file of the workspace. */
  read(path: string): Promise<Buffer>;
  write(path: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** A workspace with {@link TINY_FILES} and what the toolchain's tasks leave, for a real toolchain. */
export async function makeTinyWorkspace(location: Location, parent = tmpdir()): Promise<TinyWorkspace> {
  const root = await mkdtemp(join(parent, 'nx-redox-cargo-'));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const identity = { id: '0123456789abcdef', commit: 'test', capabilities: { cranelift: true, llvm: true } };
  await write('dist/toolchain/location.json', JSON.stringify(location));
  await write('dist/toolchain/identity.json', JSON.stringify(identity));
  const spec = await deriveSpec({ ...SPEC, arch: 'aarch64', backend: 'cranelift' }, location.rustcLlvm);
  for (const backend of ['cranelift', 'llvm']) {
    const dir = `dist/aarch64/${backend}/toolchain/tiny`;
    await write(`${dir}/${spec.target}.json`, spec.json);
    await mkdir(join(root, dir, 'sysroot/lib'), { recursive: true });
    const sysroot = { schema: 1, target: spec.target, arch: 'aarch64', backend, toolchain: identity.id, crates: [] };
    await write(`${dir}/sysroot.json`, JSON.stringify(sysroot));
  }
  for (const [path, text] of Object.entries(TINY_FILES)) await write(path, text);
  return {
    root,
    read: (path) => readFile(join(root, path)),
    write,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Options of the executor for one of the tiny programs. */
export function tinyOptions(
  name: string,
  backend: Backend,
  more: Partial<BuildExecutorOptions> = {},
): BuildExecutorOptions {
  return {
    arch: 'aarch64',
    backend,
    manifestPath: `recipes/tiny/${name}/Cargo.toml`,
    package: name,
    bin: name,
    kind: 'program',
    spec: SPEC,
    linkerScript: 'recipes/tiny/program.ld',
    sysrootPath: 'dist/{arch}/{backend}/toolchain/tiny',
    outputPath: `dist/{arch}/{backend}/${name}`,
    stagePath: `usr/bin/${name}`,
    ...more,
  };
}
