//! Messages about what must not happen, registers, traces, and the end with the failure code.

use core::arch::asm;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::arch::exception::{Frame, Syndrome};
use crate::arch::paging::PROGRAM_GUARD;
use crate::arch::start::{emergency_stack, stack, stack_guards};
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
        let touched = syndrome.far as usize;
        if stack_guards().iter().any(|guard| guard.contains(&touched)) {
            println!("STACK OVERFLOW in the kernel: its stack has {} KiB", stack().len() >> 10);
        }
        println!("KERNEL PANIC: UNHANDLED EXCEPTION in the kernel, {syndrome}");
    }
    println!("{frame}");
    trace(frame, |address| {
        let on_stack = stack().contains(&address) || emergency_stack().contains(&address);
        // SAFETY: these are the kernel's stacks, which are always mapped.
        on_stack.then(|| unsafe { *(address as *const u64) })
    });
    print!("CPU #0");
    context::describe_current(|pid, context| print!(", PID {pid}\nNAME: {}", context.name));
    println!("\nHALT");
    stop(Verdict::Failed)
}

/// A program did what it may not do. In mini no program may, so the boot has failed.
pub fn unhandled_exception(frame: &Frame, syndrome: &Syndrome) -> ! {
    context::describe_current(|pid, context| {
        if syndrome.is_data_abort() && PROGRAM_GUARD.contains(&(syndrome.far as usize)) {
            println!("STACK OVERFLOW in {}: its stack has {} KiB", context.name, abi::STACK_SIZE >> 10);
        }
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
