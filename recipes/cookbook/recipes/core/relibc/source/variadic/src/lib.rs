//! Functions of C with any number of arguments. They only pass them on, to what `src/c/format.c` does with a `va_list`.
#![no_std]
#![feature(c_variadic)]

use core::ffi::{VaList, c_char, c_int};

unsafe extern "C" {
    fn vprintf(format: *const c_char, arguments: VaList) -> c_int;
    fn vsnprintf(buffer: *mut c_char, size: usize, format: *const c_char, arguments: VaList) -> c_int;
}

/// Prints to standard output.
///
/// # Safety
/// As in C: the arguments must be those that the format names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn printf(format: *const c_char, arguments: ...) -> c_int {
    // SAFETY: passed on from the caller.
    unsafe { vprintf(format, arguments) }
}

/// Prints into a buffer of `size` bytes.
///
/// # Safety
/// As in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snprintf(buffer: *mut c_char, size: usize, format: *const c_char, arguments: ...) -> c_int {
    // SAFETY: passed on from the caller.
    unsafe { vsnprintf(buffer, size, format, arguments) }
}
