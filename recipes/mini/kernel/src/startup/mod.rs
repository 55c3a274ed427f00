//! From the first line of Rust to the first program.

mod initfs;
mod memory;

use core::ops::Range;

use fdt::Fdt;
use fdt::node::FdtNode;

use crate::arch::start::{KERNEL_OFFSET, MAPPED_PHYSICAL};
use crate::arch::{exception, gic, paging, serial, timer};
use crate::memory::virtual_address;
use crate::sync::Once;
use crate::{context, info};

static DEVICE_TREE: Once<&'static [u8]> = Once::new();

/// The device tree as QEMU passed it.
pub fn device_tree() -> &'static [u8] {
    DEVICE_TREE.get()
}

static LIVE_DISK: Once<Option<&'static [u8]>> = Once::new();

/// The disk in memory, if the boot loader has put one there.
pub fn live_disk() -> Option<&'static [u8]> {
    *LIVE_DISK.get()
}

/// Brings the system up; `device_tree` is a physical address.
pub fn run(device_tree: usize) -> ! {
    // SAFETY: the boot protocol passes a device tree, and all memory is mapped.
    let tree = unsafe { Fdt::from_ptr(virtual_address(device_tree) as *const u8) };
    let tree = tree.expect("no device tree at the address in x0");
    let uart = tree.find_compatible(&["arm,pl011"]).expect("no PL011 in the device tree");
    serial::init(device(&uart, 0));
    crate::arch::start::announce();

    // SAFETY: as above; the header told the size.
    let bytes = unsafe { core::slice::from_raw_parts(virtual_address(device_tree) as *const u8, tree.total_size()) };
    DEVICE_TREE.set(bytes);
    let image = initfs::find(&tree);
    let disk = initfs::chosen(&tree, "redox,live-start", "redox,live-end");
    // SAFETY: memory that `chosen` found inside of the map, and that the allocator gets as reserved.
    let bytes = |range: &Range<usize>| unsafe {
        core::slice::from_raw_parts(virtual_address(range.start) as *const u8, range.len())
    };
    LIVE_DISK.set(disk.as_ref().map(bytes));
    let tree_range = device_tree..device_tree + tree.total_size();
    memory::init(&tree, [kernel(), image.clone(), tree_range, disk.unwrap_or(0..0)]);

    paging::protect_kernel().expect("memory for the kernel's page tables");

    let controller = tree.find_compatible(&["arm,cortex-a15-gic", "arm,gic-400"]);
    let controller = controller.expect("no GICv2 in the device tree");
    gic::init(device(&controller, 0), device(&controller, 1));
    let frequency = timer::init(timer_interrupt(&tree));
    info!("Timer: {} kHz", frequency / 1000);

    initfs::start_bootstrap(image);
    exception::resume(context::next())
}

/// Virtual address of a device's registers.
fn device(node: &FdtNode, index: usize) -> usize {
    let region = node.reg().and_then(|mut regions| regions.nth(index));
    let region = region.unwrap_or_else(|| panic!("{} has no register range {index}", node.name));
    let address = region.starting_address as usize;
    assert!(address < MAPPED_PHYSICAL, "{} lies outside of the kernel's map", node.name);
    virtual_address(address)
}

/// Number of the virtual timer's interrupt: the third of the timer node's, a private one.
fn timer_interrupt(tree: &Fdt) -> u32 {
    const CELLS: usize = 3 * 4;
    const FIRST_PRIVATE: u32 = 16;
    let node = tree.find_compatible(&["arm,armv8-timer"]).expect("no timer in the device tree");
    let interrupts = node.property("interrupts").map(|property| property.value);
    let number = interrupts.and_then(|value| value.get(2 * CELLS + 4..2 * CELLS + 8)?.try_into().ok());
    FIRST_PRIVATE + u32::from_be_bytes(number.expect("the timer has no virtual interrupt"))
}

/// Physical addresses that the kernel occupies.
fn kernel() -> Range<usize> {
    unsafe extern "C" {
        static __kernel_start: u8;
        static __kernel_end: u8;
    }
    (&raw const __kernel_start).addr() - KERNEL_OFFSET..(&raw const __kernel_end).addr() - KERNEL_OFFSET
}
