//! What a dynamic program would be started by. There is nothing to load libraries with here, so it says so.
#![no_std]

use core::arch::global_asm;
use core::ffi::{c_char, c_int, c_void};

unsafe extern "C" {
    fn write(fd: c_int, buffer: *const c_void, size: usize) -> isize;
}

const MESSAGE: &[u8] = b"ld.so: dynamic programs cannot run here, link them static\n";

#[cfg(target_arch = "aarch64")]
global_asm!(".global _start", "_start: mov x0, sp", "bl relibc_start");
#[cfg(target_arch = "x86_64")]
global_asm!(".global _start", "_start: mov rdi, rsp", "call relibc_start");

#[unsafe(no_mangle)]
extern "C" fn main(_argc: c_int, _argv: *const *const c_char) -> c_int {
    // SAFETY: the message is there.
    unsafe { write(2, MESSAGE.as_ptr().cast(), MESSAGE.len()) };
    127
}
