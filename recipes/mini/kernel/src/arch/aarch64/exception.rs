//! Exception vectors, the registers they save, and what the kernel does about each exception.

use core::arch::{asm, global_asm};
use core::fmt;

use crate::arch::{gic, timer};
use crate::{context, panic, syscalls};

/// A program's registers while it isn't running. The offsets are used by the assembly below.
#[repr(C, align(16))]
#[derive(Clone)]
pub struct Frame {
    /// x0 to x30.
    pub x: [u64; 31],
    pub sp: u64,
    /// Where execution continues.
    pub elr: u64,
    pub spsr: u64,
    pub tpidr: u64,
    pub fpsr: u32,
    pub fpcr: u32,
    /// q0 to q31, two words each.
    pub q: [[u64; 2]; 32],
}

impl Frame {
    /// Registers of a program that starts at `entry` (EL0, interrupts enabled).
    pub fn new(entry: usize, stack: usize) -> Self {
        Self { x: [0; 31], sp: stack as u64, elr: entry as u64, spsr: 0, tpidr: 0, fpsr: 0, fpcr: 0, q: [[0; 2]; 32] }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (number, value) in self.x.iter().enumerate() {
            let end = if number % 4 == 3 { '\n' } else { ' ' };
            write!(f, "X{number:<2} {value:016x}{end}")?;
        }
        writeln!(f, "SP  {:016x}", self.sp)?;
        write!(f, "ELR {:016x} SPSR {:016x}", self.elr, self.spsr)
    }
}

// The kernel runs with interrupts masked on one stack that is empty whenever a program runs. So an entry from a
// program only saves registers to the frame in TPIDR_EL1, and leaving the kernel means loading a frame, maybe another.
global_asm!(
    r#"
    .section .text.exceptions, "ax"
    // The kernel may be compiled without floating point; programs have it.
    .arch_extension fp
    .arch_extension simd

    .macro general op           // x4 to x29 of the frame x0
    \op     x4, x5, [x0, #32]
    \op     x6, x7, [x0, #48]
    \op     x8, x9, [x0, #64]
    \op     x10, x11, [x0, #80]
    \op     x12, x13, [x0, #96]
    \op     x14, x15, [x0, #112]
    \op     x16, x17, [x0, #128]
    \op     x18, x19, [x0, #144]
    \op     x20, x21, [x0, #160]
    \op     x22, x23, [x0, #176]
    \op     x24, x25, [x0, #192]
    \op     x26, x27, [x0, #208]
    \op     x28, x29, [x0, #224]
    .endm

    .macro vectors op           // q0 to q31, behind x2
    \op     q0, q1, [x2], #32
    \op     q2, q3, [x2], #32
    \op     q4, q5, [x2], #32
    \op     q6, q7, [x2], #32
    \op     q8, q9, [x2], #32
    \op     q10, q11, [x2], #32
    \op     q12, q13, [x2], #32
    \op     q14, q15, [x2], #32
    \op     q16, q17, [x2], #32
    \op     q18, q19, [x2], #32
    \op     q20, q21, [x2], #32
    \op     q22, q23, [x2], #32
    \op     q24, q25, [x2], #32
    \op     q26, q27, [x2], #32
    \op     q28, q29, [x2], #32
    \op     q30, q31, [x2]
    .endm

    .macro save_frame           // x0 = frame; x0, x1 of the interrupted code were pushed on the stack
    stp     x2, x3, [x0, #16]
    ldp     x2, x3, [sp], #16
    stp     x2, x3, [x0]
    general stp
    str     x30, [x0, #240]
    mrs     x3, elr_el1
    mrs     x4, spsr_el1
    stp     x3, x4, [x0, #256]
    .endm

    .macro from_program kind
    .balign 0x80
    stp     x0, x1, [sp, #-16]!
    mrs     x0, tpidr_el1
    mov     x1, #\kind
    b       program_exception
    .endm

    .macro from_kernel kind
    .balign 0x80
    msr     tpidrro_el0, x0     // the stack may be what is broken
    mov     x0, #\kind
    b       kernel_exception
    .endm

    .balign 0x800
    .global exception_vectors
exception_vectors:
    from_kernel 0
    from_kernel 1
    from_kernel 2
    from_kernel 3
    from_kernel 0
    from_kernel 1
    from_kernel 2
    from_kernel 3
    from_program 0
    from_program 1
    from_program 2
    from_program 3
    from_program 4              // 32-bit programs: nothing starts one
    from_program 4
    from_program 4
    from_program 4

program_exception:
    save_frame
    mrs     x2, sp_el0
    str     x2, [x0, #248]
    mrs     x2, tpidr_el0
    str     x2, [x0, #272]
    add     x2, x0, #288
    mrs     x3, fpsr
    mrs     x4, fpcr
    stp     w3, w4, [x2, #-8]
    vectors stp
    mov     x29, xzr            // the kernel's traces end at the border
    mov     x30, xzr
    bl      handle_program_exception

    .global resume_frame
resume_frame:                   // x0 = frame
    msr     tpidr_el1, x0
    add     x2, x0, #288
    vectors ldp
    ldr     w2, [x0, #280]
    ldr     w3, [x0, #284]
    msr     fpsr, x2
    msr     fpcr, x3
    ldr     x2, [x0, #272]
    msr     tpidr_el0, x2
    ldr     x2, [x0, #248]
    msr     sp_el0, x2
    ldp     x3, x4, [x0, #256]
    msr     elr_el1, x3
    msr     spsr_el1, x4
    adrp    x1, boot_stack_end
    mov     sp, x1
    general ldp
    ldr     x30, [x0, #240]
    ldp     x2, x3, [x0, #16]
    ldp     x0, x1, [x0]
    eret

kernel_exception:               // x0 = kind; builds a frame on the emergency stack and never returns
    msr     tpidr_el0, x1
    mov     x1, sp
    msr     sp_el0, x1
    adrp    x1, emergency_stack_end
    mov     sp, x1
    sub     sp, sp, #816        // a frame
    msr     tpidr_el1, x0       // no program will be resumed
    mrs     x0, tpidrro_el0
    mrs     x1, tpidr_el0
    stp     x0, x1, [sp, #-16]!
    add     x0, sp, #16
    save_frame
    mrs     x2, sp_el0
    str     x2, [x0, #248]
    mrs     x1, tpidr_el1
    bl      handle_kernel_exception
    udf     #0
"#,
);

const _: () = assert!(size_of::<Frame>() == 800 && core::mem::offset_of!(Frame, q) == 288);

const SYNCHRONOUS: u64 = 0;
const IRQ: u64 = 1;

/// What an exception was about, from the syndrome registers.
pub struct Syndrome {
    pub esr: u64,
    pub far: u64,
}

impl Syndrome {
    pub fn read() -> Self {
        let (esr, far);
        // SAFETY: reads two registers.
        unsafe { asm!("mrs {}, esr_el1", "mrs {}, far_el1", out(reg) esr, out(reg) far, options(nomem, nostack)) };
        Self { esr, far }
    }

    /// Exception class, bits 31:26 of ESR.
    pub fn class(&self) -> u64 {
        self.esr >> 26 & 0x3f
    }

    /// Whether an access to memory failed, at the address in `far`.
    pub fn is_data_abort(&self) -> bool {
        matches!(self.class(), 0x24 | 0x25)
    }

    fn cause(&self) -> &'static str {
        match self.class() {
            0x00 => "undefined instruction (abort or panic)",
            0x0e => "illegal execution state",
            0x15 => "system call",
            0x20 | 0x21 => "instruction abort",
            0x22 => "misaligned program counter",
            0x24 | 0x25 if self.esr & 0x40 != 0 => "write to a wrong address",
            0x24 | 0x25 => "read from a wrong address",
            0x26 => "misaligned stack pointer",
            0x2c => "floating point exception",
            0x3c => "breakpoint",
            _ => "other exception",
        }
    }
}

impl fmt::Display for Syndrome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "ESR {:016x} FAR {:016x}: {}", self.esr, self.far, self.cause())
    }
}

const CLASS_SVC: u64 = 0x15;
const CLASS_BRK: u64 = 0x3c;

#[unsafe(no_mangle)]
extern "C" fn handle_program_exception(frame: *const Frame, kind: u64) -> *const Frame {
    // SAFETY: the frame belongs to the current context; nothing changes it while a trace is printed.
    let unhandled = |syndrome| panic::unhandled_exception(unsafe { &*frame }, syndrome);
    match kind {
        SYNCHRONOUS => {
            let syndrome = Syndrome::read();
            if syndrome.class() == CLASS_SVC {
                syscalls::handle();
            } else {
                unhandled(&syndrome);
            }
        }
        IRQ => {
            handle_interrupt();
            context::preempt();
        }
        _ => unhandled(&Syndrome::read()),
    }
    context::next()
}

/// Serves the interrupt that is pending, if any: called on IRQ and by the idle loop.
pub fn handle_interrupt() {
    gic::serve(|interrupt| {
        if interrupt == timer::interrupt() {
            timer::rearm();
        } else {
            panic!("interrupt {interrupt} that nobody asked for");
        }
    });
}

/// Sleeps until an interrupt is pending; it stays masked.
pub fn wait_for_interrupt() {
    // SAFETY: only waits.
    unsafe { asm!("dsb sy", "wfi", options(nomem, nostack)) };
}

#[unsafe(no_mangle)]
extern "C" fn handle_kernel_exception(frame: &Frame, kind: u64) -> ! {
    let syndrome = Syndrome::read();
    // The panic handler ends in a breakpoint, because only an exception gets hold of all registers.
    let after_panic = kind == SYNCHRONOUS && syndrome.class() == CLASS_BRK;
    panic::kernel_fault(frame, (!after_panic).then_some(&syndrome))
}

/// Loads a frame and continues there; the kernel's stack is empty afterwards.
pub fn resume(frame: *const Frame) -> ! {
    unsafe extern "C" {
        fn resume_frame(frame: *const Frame) -> !;
    }
    // SAFETY: frames come from contexts, which keep them valid while they are current.
    unsafe { resume_frame(frame) }
}
