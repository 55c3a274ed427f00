//! The CPU's virtual timer: monotonic time and the scheduler's tick.

use core::arch::asm;

use crate::sync::Once;

/// Ticks of the scheduler per second.
const TICKS: u64 = 100;

struct Timer {
    interrupt: u32,
    frequency: u64,
}

static TIMER: Once<Timer> = Once::new();

/// Starts ticking; returns the counter's frequency in Hz.
pub fn init(interrupt: u32) -> u64 {
    let frequency: u64;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, cntfrq_el0", out(reg) frequency, options(nomem, nostack)) };
    TIMER.set(Timer { interrupt, frequency });
    rearm();
    // SAFETY: enables the timer, whose interrupt has a handler.
    unsafe { asm!("msr cntv_ctl_el0, {}", in(reg) 1u64, options(nomem, nostack)) };
    super::gic::enable(interrupt);
    frequency
}

/// The timer's interrupt number at the GIC.
pub fn interrupt() -> u32 {
    TIMER.get().interrupt
}

/// Sets the next tick, which also clears the interrupt.
pub fn rearm() {
    let interval = TIMER.get().frequency / TICKS;
    // SAFETY: only moves the time of the next interrupt.
    unsafe { asm!("msr cntv_tval_el0, {}", in(reg) interval, options(nomem, nostack)) };
}

/// Nanoseconds since the machine started.
pub fn nanoseconds() -> u64 {
    let count: u64;
    // SAFETY: reads a register; the barrier keeps the read from happening early.
    unsafe { asm!("isb", "mrs {}, cntvct_el0", out(reg) count, options(nomem, nostack)) };
    (u128::from(count) * 1_000_000_000 / u128::from(TIMER.get().frequency)) as u64
}
