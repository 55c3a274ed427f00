//! Everything that knows the processor and the few devices the kernel itself drives.

pub mod exception;
pub mod gic;
pub mod paging;
pub mod serial;
pub mod start;
pub mod stop;
pub mod timer;
