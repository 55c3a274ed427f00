//! The format of the initfs image, for programs that write one.
#![no_std]

pub mod types;
