//! unistd.h, and `open` of fcntl.h. Results are -1 after an error.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::slice;

use rt::syscall;

fn result(value: syscall::Result<usize>) -> isize {
    value.map_or(-1, |value| value as isize)
}

/// Opens a file with `O_…` flags of the system.
///
/// # Safety
/// `path` must be a string of C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: usize) -> c_int {
    // SAFETY: passed on from the caller.
    let path = unsafe { CStr::from_ptr(path) };
    path.to_str().map_or(-1, |path| result(syscall::openat(usize::MAX, path, flags, 0)) as c_int)
}

/// Closes a descriptor.
#[unsafe(no_mangle)]
pub extern "C" fn close(fd: c_int) -> c_int {
    result(syscall::close(fd as usize)) as c_int
}

/// Reads up to `size` bytes.
///
/// # Safety
/// `buffer` must have room for them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(fd: c_int, buffer: *mut c_void, size: usize) -> isize {
    // SAFETY: passed on from the caller.
    result(syscall::read(fd as usize, unsafe { slice::from_raw_parts_mut(buffer.cast(), size) }))
}

/// Writes up to `size` bytes.
///
/// # Safety
/// They must be there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, buffer: *const c_void, size: usize) -> isize {
    // SAFETY: passed on from the caller.
    result(syscall::write(fd as usize, unsafe { slice::from_raw_parts(buffer.cast(), size) }))
}
