//! Messages about what must not happen, registers, traces, and the end with the failure code.

use core::arch::asm;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::arch::exception::{Frame, Syndrome};
use crate::arch::start::stacks;
use crate::arch::stop::{Verdict, stop, stopping};
use crate::{context, print, println};

/// Lines of a trace; a longer chain is a loop or garbage.
const MAX_DEPTH: usize = 64;

static PANICKING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    enter();
    println!("KERNEL PANIC: {info}");
    // The exception handler gets all registers and comes back to `kernel_fault`.
    // SAFETY: raises an exception that never returns.
    unsafe { asm!("brk #0x50", options(nostack)) };
    stop(Verdict::Failed)
}

/// The end of a kernel panic; `syndrome` is there when an exception was the reason and nothing was printed yet.
pub fn kernel_fault(frame: &Frame, syndrome: Option<&Syndrome>) -> ! {
    if stopping() {
        stop(Verdict::Failed);
    }
    if let Some(syndrome) = syndrome {
        enter();
        println!("KERNEL PANIC: UNHANDLED EXCEPTION in the kernel, {syndrome}");
    }
    println!("{frame}");
    trace(frame, |address| {
        // SAFETY: these are the kernel's stacks, which are always mapped.
        stacks().contains(&address).then(|| unsafe { *(address as *const u64) })
    });
    print!("CPU #0");
    context::describe_current(|pid, context| print!(", PID {pid}\nNAME: {}", context.name));
    println!("\nHALT");
    stop(Verdict::Failed)
}

/// A program did what it may not do. In mini no program may, so the boot has failed.
pub fn unhandled_exception(frame: &Frame, syndrome: &Syndrome) -> ! {
    context::describe_current(|pid, context| {
        println!("UNHANDLED EXCEPTION, CPU #0, PID {pid}, NAME {}", context.name);
        println!("{syndrome}");
        println!("{frame}");
        trace(frame, |address| {
            let mut word = [0; 8];
            context.space.read(address, &mut word).ok().map(|()| u64::from_ne_bytes(word))
        });
    });
    stop(Verdict::Failed)
}

/// A second panic while the first is being reported would never end.
fn enter() {
    if PANICKING.swap(true, Ordering::Relaxed) {
        println!("KERNEL PANIC: again, while reporting the first");
        stop(Verdict::Failed);
    }
}

/// Follows the frame pointers: each points to the caller's one and the return address.
fn trace(frame: &Frame, read: impl Fn(usize) -> Option<u64>) {
    let mut pointer = frame.x[29];
    println!("FP {pointer:016x}: PC {:016x}", frame.elr);
    for _ in 0..MAX_DEPTH {
        let address = pointer as usize;
        if pointer == 0 || !pointer.is_multiple_of(8) {
            break;
        }
        let (Some(next), Some(pc)) = (read(address), read(address.wrapping_add(8))) else {
            println!("FP {pointer:016x}: GUARD PAGE");
            break;
        };
        println!("FP {pointer:016x}: PC {pc:016x}");
        pointer = next;
    }
}
