//! Where `_init` and `_fini` end.
#![no_std]

use core::arch::global_asm;

global_asm!(
    "
    .section .init, \"ax\"
    ret
    .section .fini, \"ax\"
    ret
"
);
