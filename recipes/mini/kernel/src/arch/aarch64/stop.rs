//! Ends the machine, with an exit code where QEMU offers one.

use core::arch::asm;
use core::sync::atomic::{AtomicBool, Ordering};

/// How the machine ended; the numbers are the ones redoxer uses.
#[derive(Clone, Copy)]
pub enum Verdict {
    Good = 51,
    Failed = 53,
}

/// Semihosting call that ends QEMU with a code.
const SYS_EXIT_EXTENDED: u64 = 0x20;
const ADP_STOPPED_APPLICATION_EXIT: u64 = 0x20026;
const PSCI_SYSTEM_OFF: u64 = 0x8400_0008;

static STOPPING: AtomicBool = AtomicBool::new(false);

/// Ends QEMU with the verdict's code, or, started without `-semihosting-config enable=on`, switches the machine off.
pub fn stop(verdict: Verdict) -> ! {
    // Without semihosting the instruction is undefined, and its exception comes back here.
    if !STOPPING.swap(true, Ordering::Relaxed) {
        let block = [ADP_STOPPED_APPLICATION_EXIT, verdict as u64];
        // SAFETY: the call reads the two words of the block.
        unsafe { asm!("hlt #0xf000", in("x0") SYS_EXIT_EXTENDED, in("x1") &raw const block, options(nostack)) };
    }
    // SAFETY: does not return where PSCI is there; nothing is left to protect otherwise.
    unsafe { asm!("hvc #0", in("x0") PSCI_SYSTEM_OFF, options(nostack)) };
    loop {
        // SAFETY: waits, with interrupts masked.
        unsafe { asm!("wfi", options(nomem, nostack)) };
    }
}

/// Whether the end was asked for already: an exception now only says that semihosting is absent.
pub fn stopping() -> bool {
    STOPPING.load(Ordering::Relaxed)
}
