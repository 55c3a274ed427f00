//! From the firmware to the kernel, which starts as Linux does: at EL1, without page tables and caches.

use core::arch::asm;
use core::ops::Range;

use uefi::boot;

/// Shortest line of a data cache, in bytes.
const CACHE_LINE: usize = 16;
/// SCTLR_EL1 with everything off: only the bits that are always 1.
const SYSTEM_CONTROL: u64 = 0x30d0_0800;

/// Ends the firmware's services and jumps.
///
/// # Safety
/// `entry` must be the kernel's first instruction, `used` all memory that it finds something in.
pub unsafe fn to_kernel(entry: usize, device_tree: usize, used: &[Range<usize>]) -> ! {
    // SAFETY: the caller is done with the firmware.
    let _ = unsafe { boot::exit_boot_services(None) };
    for range in used {
        for line in range.clone().step_by(CACHE_LINE) {
            // SAFETY: writes lines of the caller's memory back.
            unsafe { asm!("dc civac, {}", in(reg) line, options(nostack)) };
        }
    }
    // SAFETY: code and memory have the same addresses without page tables.
    unsafe {
        asm!(
            "msr daifset, #0xf",
            "dsb sy",
            "ic iallu",
            "dsb sy",
            "isb",
            "msr sctlr_el1, {control}",
            "isb",
            "mov x1, xzr",
            "mov x2, xzr",
            "mov x3, xzr",
            "br {entry}",
            control = in(reg) SYSTEM_CONTROL,
            entry = in(reg) entry,
            in("x0") device_tree,
            options(noreturn),
        );
    }
}
