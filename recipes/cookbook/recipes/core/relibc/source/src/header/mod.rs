//! The headers of C, one module each; cbindgen writes them for C.

pub mod stdio;
pub mod stdlib;
pub mod string;
pub mod unistd;
