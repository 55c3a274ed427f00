//! The start file: the first instructions of every program.
#![no_std]

use core::arch::global_asm;

#[cfg(target_arch = "aarch64")]
global_asm!(
    "
    .section .text._start, \"ax\"
    .global _start
_start:
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, sp
    bl      relibc_start
    udf     #0
"
);

#[cfg(target_arch = "x86_64")]
global_asm!(
    "
    .section .text._start, \"ax\"
    .global _start
_start:
    xor     ebp, ebp
    mov     rdi, rsp
    and     rsp, -16
    call    relibc_start
    ud2
"
);
