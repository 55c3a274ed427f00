//! What mini's kernel and programs agree on beyond the numbers and structures of `redox_syscall`.
#![no_std]

/// Address at which the kernel maps the whole initfs image into the first program.
pub const INITFS_BASE: usize = 0x1000;

/// First address above a program's part of the address space (39-bit addresses).
pub const USER_TOP: usize = 1 << 39;

/// First address above a program's stack; one unmapped page below [`USER_TOP`] stays a guard.
pub const STACK_TOP: usize = USER_TOP - 0x1000;

/// Bytes of stack that a program gets. At the end of a boot the kernel tells how much of each was used: with Cranelift
/// up to 57 KB in mini itself. The other systems that are made of these programs have larger ones.
pub const STACK_SIZE: usize = 1024 * 1024;

/// Bytes below a stack where nothing can be mapped, so that an overflow faults, however large the frame is.
pub const STACK_GUARD: usize = 1 << 20;

/// Most bytes that one request to a user scheme, or its answer, carries besides its header.
pub const MAX_PAYLOAD: usize = 8 * 1024;

/// Verbs of `SYS_CALL` on a process descriptor, the first word of the call's metadata.
pub mod process {
    /// `[MAP, address, size, MapFlags]`: gives the new process zeroed pages.
    pub const MAP: u64 = 1;
    /// `[WRITE, address]`: copies the payload into pages that `MAP` made.
    pub const WRITE: u64 = 2;
    /// `[NAME]`: the payload is the name shown in traces.
    pub const NAME: u64 = 3;
    /// `[GIVE_FD, own, theirs]`: the new process gets a copy of the caller's descriptor.
    pub const GIVE_FD: u64 = 4;
    /// `[START, entry, stack pointer]`: the new process becomes runnable.
    pub const START: u64 = 5;
    /// `[WAIT]`: blocks until the process has ended and returns its status.
    pub const WAIT: u64 = 6;
    /// `[EXIT, status]`: ends the process that the descriptor stands for.
    pub const EXIT: u64 = 7;
}

/// Words that end the system when they are written to `/scheme/sys/kstop`.
pub mod stop {
    /// All went well: QEMU exits with 51.
    pub const SHUTDOWN: &[u8] = b"shutdown";
    /// The boot failed: QEMU exits with 53.
    pub const FAIL: &[u8] = b"fail";
}
