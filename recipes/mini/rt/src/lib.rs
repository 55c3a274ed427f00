//! Runtime of mini's programs: what relibc and std are on Redox, cut down to what is used here.
//!
//! A program calls [`entry!`] with its main function. Everything goes through the system calls of `redox_syscall`.
#![no_std]

extern crate alloc;

pub mod args;
pub mod elf;
pub mod fd;
mod heap;
mod panic;
pub mod print;
pub mod process;
pub mod scheme;
pub mod terminal;
pub mod time;

pub use syscall::{self, Error, Result};

/// Makes a function `fn() -> rt::Result<()>` the program's entry; an error ends it with status 1.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        // What prepares the stack and calls `main`. C compilers link it unasked, other linkers do not.
        #[cfg(target_os = "redox")]
        #[link(name = "c", kind = "static", modifiers = "-bundle")]
        unsafe extern "C" {}

        #[cfg(target_os = "redox")]
        #[unsafe(export_name = "main")]
        extern "C" fn c_main(_argc: i32, argv: *const usize) -> i32 {
            // SAFETY: argc lies in front of argv, on the stack as the parent made it.
            unsafe { $crate::start(argv.sub(1), $main) }
        }

        // The kernel starts programs with their arguments on the stack and nothing in the registers.
        #[cfg(not(target_os = "redox"))]
        core::arch::global_asm!(
            r#"
            .section .text._start, "ax"
            .global _start
        _start:
            mov     x29, xzr
            mov     x30, xzr
            mov     x0, sp
            bl      rt_start
            udf     #0
        "#
        );

        #[cfg(not(target_os = "redox"))]
        #[unsafe(no_mangle)]
        extern "C" fn rt_start(stack: *const usize) -> ! {
            // SAFETY: this is the stack as the parent made it.
            unsafe { $crate::start(stack, $main) }
        }
    };
}

/// What [`entry!`] expands to.
///
/// # Safety
/// `stack` must point to what [`process::spawn`] puts on a new stack.
pub unsafe fn start(stack: *const usize, main: fn() -> Result<()>) -> ! {
    // SAFETY: passed on from the caller.
    unsafe { args::init(stack) };
    let status = match main() {
        Ok(()) => 0,
        Err(error) => {
            println!("{}: {error}", args::name());
            1
        }
    };
    process::exit(status)
}

/// Tells whoever started this program that its services can be used from now on.
pub fn ready() {
    let notify = args::env("INIT_NOTIFY").and_then(|number| number.parse().ok());
    if let Some(number) = notify {
        let pipe = fd::Fd::from_raw(number);
        // Nobody listens when it fails, and then nobody needs to know.
        let _ = pipe.write(&[0]);
    }
}
