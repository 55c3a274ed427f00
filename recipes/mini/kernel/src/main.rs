//! Kernel of mini: a small cousin of Redox's for aarch64 on QEMU's `virt` machine, one CPU, started by `-kernel` and
//! `-initrd`. Programs see the same paths, system calls and traps as on Redox, as far as they exist here.
#![no_std]
#![no_main]

extern crate alloc;

mod arch;
mod context;
mod log;
mod memory;
mod panic;
mod scheme;
mod stacks;
mod startup;
mod sync;
mod syscalls;
