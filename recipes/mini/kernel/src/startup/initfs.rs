//! The initfs image: found as initrd, mapped into the first program as a whole, entered at the address in its header.

use core::ops::Range;

use fdt::Fdt;
use syscall::MapFlags;

use crate::arch::start::MAPPED_PHYSICAL;
use crate::memory::virtual_address;
use crate::{context, info, scheme};

const MAGIC: &[u8; 8] = b"RedoxFtw";
const BOOTSTRAP_ENTRY: Range<usize> = 0x1a..0x22;

/// Physical addresses of the initrd.
pub fn find(tree: &Fdt) -> Range<usize> {
    let initrd = chosen(tree, "linux,initrd-start", "linux,initrd-end");
    initrd.expect("no initfs: QEMU was started without -initrd")
}

/// A range of memory that the boot loader tells in the node `/chosen`, by two properties.
pub fn chosen(tree: &Fdt, start: &str, end: &str) -> Option<Range<usize>> {
    let chosen = tree.find_node("/chosen")?;
    let range = chosen.property(start)?.as_usize()?..chosen.property(end)?.as_usize()?;
    assert!(
        range.start < range.end && range.end <= MAPPED_PHYSICAL,
        "{start}: {:x}..{:x} is outside of the kernel's map",
        range.start,
        range.end
    );
    Some(range)
}

/// Makes the first process out of the image and marks it ready.
pub fn start_bootstrap(image: Range<usize>) {
    // SAFETY: the range is mapped memory that the allocator knows as reserved.
    let image = unsafe { core::slice::from_raw_parts(virtual_address(image.start) as *const u8, image.len()) };
    assert!(image.starts_with(MAGIC), "the initrd is not an initfs: it has no RedoxFtw at its start");
    let entry = image.get(BOOTSTRAP_ENTRY).and_then(|bytes| bytes.try_into().ok());
    let entry = usize::from_le_bytes(entry.expect("the initfs is shorter than its header"));
    info!("Initfs: {} KB", image.len() >> 10);
    info!("Bootstrap entry point: {entry:X}");
    assert_ne!(entry, 0, "the initfs has no bootstrap");

    let pid = context::create().expect("memory for the first process");
    let flags = MapFlags::PROT_READ | MapFlags::PROT_WRITE | MapFlags::PROT_EXEC;
    let made = context::with(pid, |context| {
        context.name = "bootstrap".into();
        context.space.map(abi::INITFS_BASE, image.len(), flags)?;
        context.space.load(abi::INITFS_BASE, image)?;
        // Standard input, output and errors.
        for _ in 0..3 {
            context.insert_file(scheme::debug())?;
        }
        Ok(())
    });
    made.expect("memory for the initfs");
    // Like the real kernel: no stack, that is the program's own business.
    context::start(pid, entry, 0).expect("the process is new");
}
