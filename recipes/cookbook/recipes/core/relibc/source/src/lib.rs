//! A C library for programs of mini: enough for a small program in C, and for Rust programs without std, which need
//! its start files and its memory functions. System calls, heap and panics are those of `rt`.
#![no_std]

extern crate alloc;
// Its functions are for C only: nobody here mentions them.
extern crate variadic;

pub mod header;
pub mod start;
