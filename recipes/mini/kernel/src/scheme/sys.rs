//! `/scheme/sys`: what concerns the whole system.

use core::sync::atomic::{AtomicU64, Ordering};

use syscall::{EINVAL, ENOENT, Error, Result};

use crate::arch::stop::{Verdict, stop};
use crate::arch::timer;
use crate::{info, stacks};

#[derive(Clone, Copy)]
pub enum File {
    /// `kstop`: ends the system.
    Stop,
    /// `update_time_offset`: tells the time of day, as a clock's driver knows it.
    TimeOffset,
}

/// Nanoseconds between 1970 and the start of the machine.
static TIME_OFFSET: AtomicU64 = AtomicU64::new(0);

/// Nanoseconds since 1970, as far as a driver has told.
pub fn real_time() -> u64 {
    TIME_OFFSET.load(Ordering::Relaxed) + timer::nanoseconds()
}

impl File {
    pub fn open(path: &str) -> Result<Self> {
        match path {
            "kstop" => Ok(Self::Stop),
            "update_time_offset" => Ok(Self::TimeOffset),
            _ => Err(Error::new(ENOENT)),
        }
    }

    pub fn write(self, data: &[u8]) -> Result<()> {
        if matches!(self, Self::Stop) {
            stacks::report();
        }
        match (self, data) {
            (Self::Stop, abi::stop::SHUTDOWN) => {
                info!("Shutting down");
                stop(Verdict::Good)
            }
            (Self::Stop, abi::stop::FAIL) => {
                info!("Stopping, because the boot failed");
                stop(Verdict::Failed)
            }
            (Self::TimeOffset, data) => {
                let nanoseconds = data.try_into().map_err(|_| Error::new(EINVAL))?;
                TIME_OFFSET.store(u64::from_le_bytes(nanoseconds), Ordering::Relaxed);
                Ok(())
            }
            _ => Err(Error::new(EINVAL)),
        }
    }
}
