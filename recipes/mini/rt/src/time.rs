//! Clocks and sleep.

use syscall::{CLOCK_MONOTONIC, CLOCK_REALTIME, Result, TimeSpec};

/// Time since the machine started.
pub fn monotonic() -> Result<TimeSpec> {
    clock(CLOCK_MONOTONIC)
}

/// Time since 1970, if a driver knows it.
pub fn real() -> Result<TimeSpec> {
    clock(CLOCK_REALTIME)
}

/// Sleeps at least this long.
pub fn sleep(milliseconds: u32) -> Result<()> {
    let length = TimeSpec { tv_sec: i64::from(milliseconds / 1000), tv_nsec: (milliseconds % 1000 * 1_000_000) as i32 };
    syscall::nanosleep(&length, &mut TimeSpec::default()).map(|_| ())
}

fn clock(number: usize) -> Result<TimeSpec> {
    let mut time = TimeSpec::default();
    syscall::clock_gettime(number, &mut time)?;
    Ok(time)
}
