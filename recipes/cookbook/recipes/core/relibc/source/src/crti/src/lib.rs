//! Where `_init` and `_fini` begin; nothing is put into them any more.
#![no_std]

use core::arch::global_asm;

global_asm!(
    "
    .section .init, \"ax\"
    .global _init
_init:
    .section .fini, \"ax\"
    .global _fini
_fini:
"
);
