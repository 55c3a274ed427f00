import { tomlString } from '@nx-redox/kit/toml-edit';
import type { ComponentKind } from './init-script';

/** Where the source of a new recipe is; a crate of ours is beside the recipe. */
export type NewSource = { path: string } | { git: string; rev?: string; branch?: string };

/** The text of a recipe.toml for a program. */
export function recipeToml(
  source: NewSource,
  nx: {
    tags: readonly string[];
    package?: string;
    bin?: string;
    spec: string | undefined;
    linkerScript: string | undefined;
  },
): string {
  const pairs = (table: Record<string, string | undefined>) =>
    Object.entries(table).flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${tomlString(value)}`]));
  return [
    // Editors read it: Even Better TOML, and others that use Taplo. A recipe is three folders below the workspace's root.
    '#:schema ../../../node_modules/@nx-redox/recipe/schemas/recipe.schema.json',
    '',
    '[source]',
    ...pairs(source),
    '',
    '[build]',
    'template = "cargo"',
    '',
    '[nx]',
    'kind = "program"',
    ...(nx.tags.length === 0 ? [] : [`tags = [${nx.tags.map(tomlString).join(', ')}]`]),
    ...pairs({ package: nx.package, bin: nx.bin, spec: nx.spec, 'linker-script': nx.linkerScript }),
    '',
  ].join('\n');
}

/** What a new crate takes over from its Cargo workspace. */
export interface Inherited {
  /** Keys of `[workspace.package]`. */
  keys: readonly string[];
  lints: boolean;
}

const OWN_KEYS: Record<string, string> = { version: '"0.1.0"', edition: '"2024"', publish: 'false' };

/** The text of a Cargo.toml for a crate with dependencies of the workspace. */
export function cargoToml(
  name: string,
  description: string,
  dependencies: readonly string[],
  inherited: Inherited,
): string {
  const keys = ['version', 'edition', 'license', 'publish'].flatMap((key) => {
    if (inherited.keys.includes(key)) return [`${key}.workspace = true`];
    return OWN_KEYS[key] === undefined ? [] : [`${key} = ${OWN_KEYS[key]}`];
  });
  return [
    '[package]',
    `name = ${tomlString(name)}`,
    `description = ${tomlString(description)}`,
    ...keys,
    '',
    ...(inherited.lints ? ['[lints]', 'workspace = true', ''] : []),
    '[dependencies]',
    ...[...dependencies].sort().map((dependency) => `${dependency}.workspace = true`),
    '',
  ].join('\n');
}

/** The version of a crate made by {@link cargoToml}. */
export const OWN_VERSION = JSON.parse(OWN_KEYS['version']!) as string;

/** Crates of the workspace that the program of a kind uses. */
export const DEPENDENCIES: Record<ComponentKind, readonly string[]> = {
  service: ['rt'],
  driver: ['fdt', 'rt'],
  program: ['rt'],
};

export const DESCRIPTIONS: Record<ComponentKind, (name: string) => string> = {
  service: (name) => `Serves /scheme/${name}`,
  driver: (name) => `Driver ${name}`,
  program: (name) => `Program ${name}`,
};

/** The line with which a component of ours says that it is ready begins so. */
export function markerOf(name: string): string {
  return `${name}: ready`;
}

/** The source of a program that starts, does something that can be seen, and says that it is ready. */
export const MAIN: Record<ComponentKind, (name: string) => string> = {
  service: (name) => `//! Serves \`/scheme/${name}\`: whoever opens it can read a greeting.
#![no_std]
#![no_main]

use rt::println;
use rt::scheme::{Scheme, Socket};
use rt::syscall::{EACCES, ENOENT, Error, Result};

const GREETING: &[u8] = b"Hello from ${name}\\n";

rt::entry!(main);

fn main() -> Result<()> {
    let socket = Socket::create("${name}")?;
    println!("${markerOf(name)}, /scheme/${name}");
    rt::ready();
    socket.serve(&mut Service)
}

struct Service;

impl Scheme for Service {
    fn open(&mut self, path: &str, _flags: usize) -> Result<usize> {
        // There is one file, and it has no name.
        if path.is_empty() { Ok(0) } else { Err(Error::new(ENOENT)) }
    }

    fn read(&mut self, _file: usize, position: u64, buffer: &mut [u8]) -> Result<usize> {
        let start = usize::try_from(position).unwrap_or(usize::MAX).min(GREETING.len());
        let count = buffer.len().min(GREETING.len() - start);
        buffer[..count].copy_from_slice(&GREETING[start..][..count]);
        Ok(count)
    }

    fn write(&mut self, _file: usize, _position: u64, _data: &[u8]) -> Result<usize> {
        Err(Error::new(EACCES))
    }

    fn close(&mut self, _file: usize) {}
}
`,
  driver: (
    name,
  ) => `//! Driver of the PL061 GPIO controller: finds it in the device tree, maps its registers, and serves its input lines as
//! \`/scheme/${name}\`, one bit each.
#![no_std]
#![no_main]

use fdt::Fdt;
use rt::fd::Fd;
use rt::println;
use rt::scheme::{Scheme, Socket};
use rt::syscall::{self, EACCES, ENOENT, Error, Map, MapFlags, O_RDWR, PAGE_SIZE, Result};

/// The device's name in the device tree.
const COMPATIBLE: &str = "arm,pl061";
/// Register with the data of those lines whose bits are set in the address, from bit 2 on: here all eight.
const DATA: usize = 0xff << 2;

rt::entry!(main);

fn main() -> Result<()> {
    let tree = Fd::read_only("/scheme/kernel.dtb")?.read_to_end()?;
    let tree = Fdt::new(&tree).expect("the device tree is broken");
    let device = tree.find_compatible(&[COMPATIBLE]).expect("no such device in the device tree");
    let region = device.reg().and_then(|mut regions| regions.next()).expect("the device has no registers");
    let physical = region.starting_address.addr();
    let mut driver = Driver { registers: map(physical)? };

    let socket = Socket::create("${name}")?;
    println!("${markerOf(name)}, {COMPATIBLE} at {physical:#x}, lines {:#010b}", driver.lines());
    rt::ready();
    socket.serve(&mut driver)
}

/// Maps a page of device registers and returns its address.
fn map(physical: usize) -> Result<usize> {
    let devices = Fd::open("/scheme/memory/physical@dev", O_RDWR)?;
    let flags = MapFlags::PROT_READ | MapFlags::MAP_SHARED;
    // SAFETY: a new mapping at an address that the kernel chooses.
    unsafe { syscall::fmap(devices.raw(), &Map { offset: physical, size: PAGE_SIZE, flags, address: 0 }) }
}

struct Driver {
    registers: usize,
}

impl Driver {
    /// The lines as they are now.
    fn lines(&self) -> u8 {
        // SAFETY: the page stays mapped as long as the program runs, and reading the lines changes nothing.
        unsafe { ((self.registers + DATA) as *const u32).read_volatile() as u8 }
    }
}

impl Scheme for Driver {
    fn open(&mut self, path: &str, _flags: usize) -> Result<usize> {
        // There is one file, and it has no name.
        if path.is_empty() { Ok(0) } else { Err(Error::new(ENOENT)) }
    }

    fn read(&mut self, _file: usize, position: u64, buffer: &mut [u8]) -> Result<usize> {
        match buffer.first_mut() {
            Some(byte) if position == 0 => {
                *byte = self.lines();
                Ok(1)
            }
            _ => Ok(0),
        }
    }

    fn write(&mut self, _file: usize, _position: u64, _data: &[u8]) -> Result<usize> {
        Err(Error::new(EACCES))
    }

    fn close(&mut self, _file: usize) {}
}
`,
  program: (name) => `//! Says how long the system has been up, and ends.
#![no_std]
#![no_main]

use rt::syscall::Result;
use rt::{println, time};

rt::entry!(main);

fn main() -> Result<()> {
    let up = time::monotonic()?;
    println!("${markerOf(name)}, {}.{:03} seconds after the start", up.tv_sec, up.tv_nsec / 1_000_000);
    Ok(())
}
`,
};
