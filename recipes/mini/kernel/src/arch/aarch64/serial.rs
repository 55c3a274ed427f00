//! The PL011 serial line.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::start::KERNEL_OFFSET;

const DATA: usize = 0x00;
const FLAGS: usize = 0x18;
const RECEIVE_EMPTY: u32 = 1 << 4;
const TRANSMIT_FULL: u32 = 1 << 5;

/// QEMU's address, for a panic before the device tree was read.
static BASE: AtomicUsize = AtomicUsize::new(KERNEL_OFFSET + 0x0900_0000);

/// Sets the virtual address of the registers, as the device tree has it.
pub fn init(base: usize) {
    BASE.store(base, Ordering::Relaxed);
}

/// Writes bytes as they are.
pub fn write(bytes: &[u8]) {
    let base = BASE.load(Ordering::Relaxed);
    for byte in bytes {
        // SAFETY: registers of the device, always mapped.
        unsafe {
            while ((base + FLAGS) as *const u32).read_volatile() & TRANSMIT_FULL != 0 {}
            ((base + DATA) as *mut u32).write_volatile(u32::from(*byte));
        }
    }
}

/// A byte that has arrived, if any.
pub fn read() -> Option<u8> {
    let base = BASE.load(Ordering::Relaxed);
    // SAFETY: as above; reading the data register takes the byte out of the queue.
    unsafe {
        let empty = ((base + FLAGS) as *const u32).read_volatile() & RECEIVE_EMPTY != 0;
        (!empty).then(|| ((base + DATA) as *const u32).read_volatile() as u8)
    }
}

/// `fmt::Write` for the kernel's own messages.
pub struct Serial;

impl fmt::Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write(text.as_bytes());
        Ok(())
    }
}
