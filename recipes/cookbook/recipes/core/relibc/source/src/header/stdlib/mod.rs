//! stdlib.h

use alloc::alloc::{Layout, alloc, dealloc};
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// Bytes in front of a block of `malloc` that hold its size, and keep it aligned.
const HEADER: usize = 16;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, HEADER).ok()
}

/// A block of `size` bytes, or null.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else { return ptr::null_mut() };
    // SAFETY: the layout is not empty, and the header lies inside of it.
    unsafe {
        let block = alloc(layout);
        if block.is_null() {
            return ptr::null_mut();
        }
        block.cast::<usize>().write(size);
        block.add(HEADER).cast()
    }
}

/// A zeroed block for `count` items of `size` bytes, or null.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(size) = count.checked_mul(size) else { return ptr::null_mut() };
    let block = malloc(size);
    if !block.is_null() {
        // SAFETY: the block has that size.
        unsafe { block.write_bytes(0, size) };
    }
    block
}

/// A block of another size with the old one's contents, or null.
///
/// # Safety
/// `block` must be null or come from these functions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    let new = malloc(size);
    if !block.is_null() && !new.is_null() {
        // SAFETY: the header says how much is there; both blocks are alive.
        unsafe {
            let old = block.cast::<u8>().sub(HEADER).cast::<usize>().read();
            ptr::copy_nonoverlapping(block.cast::<u8>(), new.cast(), old.min(size));
            free(block);
        }
    }
    new
}

/// Gives a block back.
///
/// # Safety
/// `block` must be null or come from these functions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: the header says the size that the block was made with.
    unsafe {
        let start = block.cast::<u8>().sub(HEADER);
        if let Some(layout) = layout(start.cast::<usize>().read()) {
            dealloc(start, layout);
        }
    }
}

/// Ends the program.
#[unsafe(no_mangle)]
pub extern "C" fn exit(status: c_int) -> ! {
    super::stdio::flush();
    rt::process::exit(status as usize & 0xff)
}

/// Ends the program as a panic does.
#[unsafe(no_mangle)]
pub extern "C" fn abort() -> ! {
    panic!("aborted")
}

/// The value of a variable of the environment, or null.
///
/// # Safety
/// `name` must be a string of C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getenv(name: *const c_char) -> *const c_char {
    // SAFETY: passed on from the caller.
    let name = unsafe { core::ffi::CStr::from_ptr(name) };
    let value = name.to_str().ok().and_then(rt::args::env);
    // The value ends with the NUL of the variable that it is the end of.
    value.map_or(ptr::null(), |value| value.as_ptr().cast())
}
