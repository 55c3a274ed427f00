//! string.h, but for what `src/c/memory.c` has.

use core::ffi::{CStr, c_char, c_int, c_void};

unsafe extern "C" {
    pub fn memcpy(to: *mut c_void, from: *const c_void, size: usize) -> *mut c_void;
    pub fn memmove(to: *mut c_void, from: *const c_void, size: usize) -> *mut c_void;
    pub fn memset(to: *mut c_void, value: c_int, size: usize) -> *mut c_void;
    pub fn memcmp(left: *const c_void, right: *const c_void, size: usize) -> c_int;
}

/// Bytes of a string before its NUL.
///
/// # Safety
/// `text` must be a string of C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn strlen(text: *const c_char) -> usize {
    let mut length = 0;
    // SAFETY: up to the NUL, which the caller promises, all bytes are there.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    length
}

/// Compares two strings.
///
/// # Safety
/// Both must be strings of C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn strcmp(left: *const c_char, right: *const c_char) -> c_int {
    // SAFETY: passed on from the caller.
    let (left, right) = unsafe { (CStr::from_ptr(left), CStr::from_ptr(right)) };
    left.cmp(right) as c_int
}
