//! Finds out how much memory there is.

use core::ops::Range;

use fdt::Fdt;

use crate::arch::start::MAPPED_PHYSICAL;
use crate::{info, memory};

/// Gives the memory of the device tree to the allocator, without what is `reserved`.
pub fn init(tree: &Fdt, reserved: [Range<usize>; memory::RESERVED]) {
    let node = tree.memory();
    let region = node.regions().next().expect("no memory in the device tree");
    let start = region.starting_address as usize;
    let size = region.size.expect("memory without a size in the device tree");
    info!("Memory: {} MB", size >> 20);
    let end = (start + size).min(MAPPED_PHYSICAL);
    memory::init(start..end, reserved);
    info!("Free: {} MB", (memory::free_frames() * memory::PAGE_SIZE) >> 20);
}
