//! The first instructions: Linux Image header, page tables good enough for Rust, jump to the upper half.

use core::arch::global_asm;
use core::ops::Range;

use crate::memory::PAGE_SIZE;

/// Virtual minus physical address; `kernel.ld` has the same number.
pub const KERNEL_OFFSET: usize = 0xffff_ff80_0000_0000;

/// Bytes of physical memory that the boot page tables reach: one table of 1 GiB blocks.
pub const MAPPED_PHYSICAL: usize = BOOT_BLOCKS << 30;
const BOOT_BLOCKS: usize = 4;

// QEMU hands over a device tree and an initrd only to an image with this header, never to an ELF file.
// Until the MMU is on, all memory counts as device memory: only assembly with aligned accesses may run.
global_asm!(
    r#"
    .section .head, "ax"
    .global _start
_start:
    b       1f
    .long   0
    .quad   0x80000             // text_offset, as in kernel.ld
    .quad   __image_size        // with .bss, so that QEMU puts the initrd behind it
    .quad   0xa                 // little endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0
1:
    mov     x19, x0             // device tree

    adrp    x1, __bss_start
    add     x1, x1, :lo12:__bss_start
    adrp    x2, __bss_end
2:  cmp     x1, x2
    b.eq    3f
    stp     xzr, xzr, [x1], #16
    b       2b

    // Block 0 holds devices (never executable), the others memory; the same table serves both halves.
3:  adrp    x1, boot_table
    movz    x2, #0x0401         // block, attribute 0 (device), accessed
    movk    x2, #0x0060, lsl #48 // never executable
    str     x2, [x1]
    movz    x2, #0x0705         // block, attribute 1 (memory), inner shareable, accessed
    movk    x2, #0x4000, lsl #16
    movk    x2, #0x0040, lsl #48 // not executable from EL0
    mov     x3, #1
    mov     x4, #0x40000000
4:  str     x2, [x1, x3, lsl #3]
    add     x2, x2, x4
    add     x3, x3, #1
    cmp     x3, #{blocks}
    b.lo    4b

    movz    x2, #0xff04         // attribute 0: nGnRE device, attribute 1: write-back memory
    msr     mair_el1, x2
    movz    x2, #0x3519         // TTBR0: 39 bits, 4 KiB pages, cached, inner shareable
    movk    x2, #0xb519, lsl #16 // TTBR1: the same
    movk    x2, #0x2, lsl #32   // 40-bit physical addresses
    msr     tcr_el1, x2
    msr     ttbr0_el1, x1
    msr     ttbr1_el1, x1
    mov     x2, #(3 << 20)      // the compiler uses SIMD registers everywhere
    msr     cpacr_el1, x2
    dsb     sy
    tlbi    vmalle1
    dsb     sy
    isb
    mrs     x2, sctlr_el1
    movz    x3, #0x1005         // MMU, data cache, instruction cache
    orr     x2, x2, x3
    msr     sctlr_el1, x2
    isb

    movz    x4, #0xff80, lsl #32
    movk    x4, #0xffff, lsl #48
    adrp    x1, boot_stack_end
    add     x1, x1, x4
    mov     sp, x1
    adr     x1, 5f
    add     x1, x1, x4
    br      x1
5:  adrp    x1, exception_vectors
    add     x1, x1, :lo12:exception_vectors
    msr     vbar_el1, x1
    mov     x0, x19
    mov     x29, xzr            // ends every trace
    mov     x30, xzr
    bl      kernel_start
    udf     #0

    .section .bss.boot, "aw", @nobits
    .balign 4096
boot_table:
    .skip   4096
    .global empty_table
empty_table:
    .skip   4096
    .global stack_guard
stack_guard:                    // pages that `paging::protect_kernel` takes out of the map
    .skip   {guard}
    .skip   {stack}
    .global boot_stack_end
boot_stack_end:
    .skip   {guard}             // the same below the emergency stack, for a fault on a full stack
    .skip   {emergency}
    .global emergency_stack_end
emergency_stack_end:
"#,
    blocks = const BOOT_BLOCKS,
    guard = const GUARD_SIZE,
    stack = const STACK_SIZE,
    emergency = const EMERGENCY_SIZE,
);

/// Called from `_start` on the boot stack, in the upper half, with the device tree's physical address.
#[unsafe(no_mangle)]
extern "C" fn kernel_start(device_tree: usize) -> ! {
    crate::startup::run(device_tree)
}

/// Bytes of the kernel's stack; `crate::stacks` tells how much of it a boot uses.
const STACK_SIZE: usize = 64 * 1024;
/// Bytes of the stack for what happens when the other one is broken.
const EMERGENCY_SIZE: usize = 16 * 1024;
/// Bytes below each stack that are not mapped: more than the largest frame.
const GUARD_SIZE: usize = 8 * PAGE_SIZE;

unsafe extern "C" {
    static stack_guard: u8;
}

/// Addresses of the kernel's stack.
pub fn stack() -> Range<usize> {
    let start = (&raw const stack_guard).addr() + GUARD_SIZE;
    start..start + STACK_SIZE
}

/// Addresses of the stack on which exceptions in the kernel itself are handled.
pub fn emergency_stack() -> Range<usize> {
    let start = stack().end + GUARD_SIZE;
    start..start + EMERGENCY_SIZE
}

/// Addresses below each of the two stacks that nobody may touch.
pub fn stack_guards() -> [Range<usize>; 2] {
    [stack(), emergency_stack()].map(|stack| stack.start - GUARD_SIZE..stack.start)
}

/// First line on the serial line; a build script can give the system another name, and say what it was built from.
pub fn announce() {
    crate::info!("{} starting...", option_env!("KERNEL_NAME").unwrap_or("nx-redox mini"));
    if let Some(ident) = option_env!("KERNEL_IDENT") {
        crate::info!("Built from {ident}");
    }
}
