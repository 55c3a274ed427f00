//! The processor architecture.

pub mod aarch64;
pub use aarch64::*;
