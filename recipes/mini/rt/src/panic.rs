//! Panics end in an undefined instruction, like every abort on Redox: the kernel then prints registers and a trace.

use core::arch::asm;
use core::fmt::Write;
use core::panic::PanicInfo;

use crate::fd::Fd;
use crate::print::Lines;
use crate::{args, process};

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    // Standard output may be a daemon, even this program itself.
    if let Ok(debug) = Fd::write_only("/scheme/debug") {
        let _ = writeln!(Lines::new(debug.raw()), "{}: {info}", args::name());
    }
    // SAFETY: never returns; the immediate is the one that compilers use.
    unsafe { asm!("udf #0xc11f", options(nostack)) };
    process::exit(101)
}
