//! stdio.h, but for what the crate `variadic` and `src/c/format.c` have. Standard output is written line by line.

use core::ffi::{CStr, c_char, c_int};
use core::fmt::Write;
use core::sync::atomic::{AtomicPtr, Ordering};

use alloc::boxed::Box;
use rt::print::{Lines, STDOUT};

static OUTPUT: AtomicPtr<Lines> = AtomicPtr::new(core::ptr::null_mut());

/// Standard output; programs have one thread, so nobody else writes meanwhile.
fn output() -> &'static mut Lines {
    let mut lines = OUTPUT.load(Ordering::Relaxed);
    if lines.is_null() {
        lines = Box::into_raw(Box::new(Lines::new(STDOUT)));
        OUTPUT.store(lines, Ordering::Relaxed);
    }
    // SAFETY: made above, never freed, and used by one function at a time.
    unsafe { &mut *lines }
}

/// Writes one byte.
#[unsafe(no_mangle)]
pub extern "C" fn putchar(byte: c_int) -> c_int {
    let _ = output().write_char(char::from(byte as u8));
    byte
}

/// Writes a line.
///
/// # Safety
/// `text` must be a string of C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn puts(text: *const c_char) -> c_int {
    // SAFETY: passed on from the caller.
    for byte in unsafe { CStr::from_ptr(text) }.to_bytes() {
        putchar(c_int::from(*byte));
    }
    putchar(c_int::from(b'\n'))
}

/// Writes what is left of a line; `exit` does so, too.
pub fn flush() {
    output().flush();
}
