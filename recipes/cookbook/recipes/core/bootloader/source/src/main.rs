//! UEFI boot loader: finds a RedoxFS, loads kernel and initfs from it, tells the kernel in the device tree where they are,
//! and jumps. With the feature `live` the whole file system comes along, as a disk in memory.
#![no_std]
#![no_main]

extern crate alloc;

mod device_tree;
mod disk;
mod jump;
mod kernel;
mod pages;
mod tree;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::panic::PanicInfo;

use redoxfs::FileSystem;
use uefi::prelude::*;
use uefi::{boot, println};

use disk::{MIB, MemoryDisk, Partition};
use pages::Pages;

const KERNEL: &str = "usr/lib/boot/kernel";
const INITFS: &str = "usr/lib/boot/initfs";
const INITFS_MAGIC: &[u8] = b"RedoxFtw";

/// Why there is nothing to boot.
type Result<T> = core::result::Result<T, String>;

#[entry]
fn main() -> Status {
    println!("Redox OS Bootloader {} on aarch64/UEFI", env!("CARGO_PKG_VERSION"));
    match load() {
        Ok(system) => system.start(),
        Err(message) => {
            println!("bootloader: {message}");
            // Somebody may want to read it before the firmware goes on.
            boot::stall(core::time::Duration::from_secs(3));
            Status::LOAD_ERROR
        }
    }
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    println!("bootloader: {info}");
    loop {
        core::hint::spin_loop();
    }
}

/// What the kernel gets.
struct System {
    kernel: kernel::Kernel,
    initfs: Pages,
    live: Option<Pages>,
    device_tree: &'static [u8],
}

fn load() -> Result<System> {
    let device_tree = device_tree::find()?;
    let (kernel, initfs, live) = match disk::find_redoxfs() {
        Some(partition) => load_from_redoxfs(partition)?,
        None => (disk::read_from_esp(KERNEL)?, disk::read_from_esp(INITFS)?, None),
    };
    announce(KERNEL, &kernel);
    announce(INITFS, &initfs);
    if !initfs.starts_with(INITFS_MAGIC) {
        return Err(format!("{INITFS} has invalid magic number"));
    }
    Ok(System { kernel: kernel::Kernel::load(&kernel)?, initfs: Pages::copy_of(&initfs)?, live, device_tree })
}

/// Kernel, initfs, and the disk in memory.
fn load_from_redoxfs(mut partition: Partition) -> Result<(Vec<u8>, Vec<u8>, Option<Pages>)> {
    if !cfg!(feature = "live") {
        let mut file_system = open(partition)?;
        return Ok((read(&mut file_system, KERNEL)?, read(&mut file_system, INITFS)?, None));
    }
    let live = partition.copy()?;
    let mut file_system = open(MemoryDisk(live.bytes()))?;
    Ok((read(&mut file_system, KERNEL)?, read(&mut file_system, INITFS)?, Some(live)))
}

fn open<D: redoxfs::Disk>(disk: D) -> Result<FileSystem<D>> {
    let file_system = FileSystem::open(disk, None, Some(0), false);
    file_system.map_err(|error| format!("RedoxFS cannot be opened: {error}"))
}

fn read<D: redoxfs::Disk>(file_system: &mut FileSystem<D>, path: &str) -> Result<Vec<u8>> {
    tree::read_file(file_system, path).map_err(|error| format!("{path}: {error}"))
}

fn announce(name: &str, file: &[u8]) {
    let size = file.len().div_ceil(MIB);
    println!("{name}: {size}/{size} MiB");
}

impl System {
    fn start(self) -> ! {
        let initfs = self.initfs.range();
        let mut chosen = alloc::vec![("linux,initrd-start", initfs.start), ("linux,initrd-end", initfs.end)];
        if let Some(live) = &self.live {
            let range = live.range();
            chosen.extend([("redox,live-start", range.start), ("redox,live-end", range.end)]);
        }
        let tree = device_tree::with_chosen(self.device_tree, &chosen);
        let tree = tree.and_then(|tree| Pages::copy_of(&tree));
        let tree = tree.unwrap_or_else(|message| panic!("{message}"));
        let mut used = alloc::vec![self.kernel.range(), initfs, tree.range()];
        used.extend(self.live.as_ref().map(Pages::range));
        // SAFETY: everything that the kernel needs is loaded, and nothing of the firmware is used afterwards.
        unsafe { jump::to_kernel(self.kernel.entry, tree.range().start, &used) }
    }
}
