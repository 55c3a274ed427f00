import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mapProgram, parseElf, whyReport } from '@nx-redox/binary';
import { type Arch, type Backend, run } from '@nx-redox/kit';
import { deriveSpec, type Location, rustLld } from '@nx-redox/toolchain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasToolchain, testToolchain } from './testing/tiny-workspace';

// Functions that are called, one that only a table names, and a constant that only another one names.
const SOURCE = `
#![no_core]
#![no_main]
#![feature(no_core, lang_items, auto_traits)]
#![allow(internal_features)]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "copy"] pub trait Copy {}
#[lang = "freeze"] unsafe auto trait Freeze {}
#[lang = "sync"] unsafe auto trait Sync {}
#[lang = "drop_in_place"] unsafe fn drop_in_place<T: PointeeSized>(_: *mut T) {}
impl Copy for u64 {}
struct Pair { call: extern "C" fn(u64) -> u64, number: &'static u64 }
static NUMBER: u64 = 77;
static PAIR: Pair = Pair { call: by_table, number: &NUMBER };
#[inline(never)] extern "C" fn by_table(x: u64) -> u64 { called(x) }
#[inline(never)] extern "C" fn called(_: u64) -> u64 { *PAIR.number }
#[unsafe(no_mangle)] pub extern "C" fn _start(x: u64) -> u64 { loop { (PAIR.call)(x); } }
`;

describe.skipIf(!hasToolchain())('what is in a program, with real compilers', () => {
  let location: Location;
  let dir: string;
  beforeAll(async () => {
    location = await testToolchain();
    dir = await mkdtemp(join(tmpdir(), 'nx-redox-why-'));
    await writeFile(join(dir, 'why.rs'), SOURCE);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  async function build(arch: Arch, backend: Backend, ...link: string[]) {
    const flag = backend === 'llvm' ? location.llvmBackendFlag : location.craneliftBackendFlag;
    const changes = [
      'elf-object-format',
      'atomics-64',
      'static-relocation',
      'no-pie',
      'cranelift-hard-float',
      'cpu-x86-64',
    ];
    const spec = { name: 'why', base: `${arch}-unknown-none`, changes, arch, backend };
    const { target, json } = await deriveSpec(spec, location.rustcLlvm);
    await writeFile(join(dir, `${target}.json`), json);
    const out = join(dir, `${arch}-${backend}${link.length}`);
    const result = await run(
      backend === 'llvm' ? location.rustcLlvm : location.rustc,
      [
        ...[...flag!, '--edition=2024', `--target=${target}`, '-Cpanic=abort', '-Zunstable-options'],
        ...['-Csymbol-mangling-version=v0', `-Clinker=${await rustLld(location)}`],
        ...[...link, '--no-pie', '-e_start'].map((arg) => `-Clink-arg=${arg}`),
        ...['-o', out, join(dir, 'why.rs')],
      ],
      { env: { RUSTC_BOOTSTRAP: '1', RUST_TARGET_PATH: dir } },
    );
    expect(result.stderr).not.toMatch(/^error/m);
    return parseElf(await readFile(out), out);
  }

  describe.each([
    ['aarch64', 'cranelift'],
    ['aarch64', 'llvm'],
    ['x86_64', 'cranelift'],
    ['x86_64', 'llvm'],
  ] as const)('%s by %s', (arch, backend) => {
    it('finds in the code what the relocations say', async () => {
      const maps = [mapProgram(await build(arch, backend)), mapProgram(await build(arch, backend, '--emit-relocs'))];
      expect(maps.map(({ by }) => by)).toEqual(['code', 'relocations']);
      // What goes through the global offset table names the same thing in the end.
      const ways = maps.map(({ items, pathTo }) =>
        Object.fromEntries(
          items.flatMap((item, index) =>
            item.symbol === undefined
              ? []
              : [[item.name, pathTo(index)?.flatMap(({ name }) => (name.startsWith('.got') ? [] : [name]))]],
          ),
        ),
      );
      expect(ways[0]).toMatchObject({
        'why::called': ['_start', 'why::PAIR', 'why::by_table', 'why::called'],
        'why::NUMBER': ['_start', 'why::PAIR', 'why::NUMBER'],
      });
      expect(ways[0]).toEqual(ways[1]);
    });
  });

  it('counts by crate, and what only one backend has', async () => {
    const report = whyReport(await build('aarch64', 'cranelift'), { against: await build('aarch64', 'llvm') });
    const crate = report.crates.find(({ name }) => name === 'why');
    expect(crate?.size).toBeGreaterThan(40);
    expect(crate?.against).toBeGreaterThan(40);
    expect(report.total).toBe(report.crates.reduce((sum, { size }) => sum + size, 0));
    expect(report.only).toEqual({ size: 0, count: 0, largest: [] });
  });
});
