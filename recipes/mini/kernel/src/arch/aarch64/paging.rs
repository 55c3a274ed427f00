//! Page tables: 39-bit addresses, three levels, 4 KiB pages; one table for each program, one for the kernel.

use core::arch::asm;
use core::ops::Range;

use syscall::{EEXIST, EFAULT, EINVAL, Error, MapFlags, Result};

use super::start::{KERNEL_OFFSET, MAPPED_PHYSICAL, stack_guards};
use crate::memory::{PAGE_SIZE, allocate_frame, free_frame, page_align_up, virtual_address};

const ENTRIES: usize = 512;
const ADDRESS: u64 = 0x0000_ffff_ffff_f000;
const VALID: u64 = 1;
/// A table at levels 1 and 2, a page at level 3.
const TABLE_OR_PAGE: u64 = 3;
const MEMORY: u64 = 1 << 2 | 3 << 8;
const DEVICE: u64 = 0 << 2;
const USER: u64 = 1 << 6;
const READ_ONLY: u64 = 1 << 7;
const ACCESSED: u64 = 1 << 10;
const NOT_GLOBAL: u64 = 1 << 11;
const KERNEL_NO_EXECUTE: u64 = 1 << 53;
const USER_NO_EXECUTE: u64 = 1 << 54;
/// Free for software: the frame belongs to this address space and dies with it.
const OWNED: u64 = 1 << 55;

type Table = [u64; ENTRIES];

/// Bytes that an entry of the last level but one spans.
const BLOCK: usize = 2 << 20;
/// Bytes that an entry of the first level spans.
const BIG_BLOCK: usize = 1 << 30;
const KERNEL_MEMORY: u64 = MEMORY | VALID | ACCESSED | KERNEL_NO_EXECUTE | USER_NO_EXECUTE;

unsafe extern "C" {
    static __kernel_start: u8;
    static __rodata_start: u8;
    static __data_start: u8;
    static __kernel_end: u8;
    static empty_table: Table;
}

/// Replaces the boot code's map of all memory: only the kernel's code is executable, code and constants cannot be
/// written, and the pages below its stacks are missing.
///
/// # Errors
/// `ENOMEM`
pub fn protect_kernel() -> Result<()> {
    let guards = stack_guards();
    // Until now the guard was memory like any other; the boot code has cleared it.
    // SAFETY: it is mapped, and nothing uses it.
    let guard = unsafe { core::slice::from_raw_parts(guards[0].start as *const u64, guards[0].len() / 8) };
    assert!(guard.iter().all(|word| *word == 0), "STACK OVERFLOW in the kernel, before there were page tables");
    let [start, rodata, data, end] =
        [&raw const __kernel_start, &raw const __rodata_start, &raw const __data_start, &raw const __kernel_end]
            .map(|symbol| symbol.addr() - KERNEL_OFFSET);
    let page = |address: usize| match address as u64 | KERNEL_MEMORY | TABLE_OR_PAGE {
        _ if guards.iter().any(|guard| guard.contains(&(address + KERNEL_OFFSET))) => 0,
        page if (start..rodata).contains(&address) => (page | READ_ONLY) & !KERNEL_NO_EXECUTE,
        page if (rodata..data).contains(&address) => page | READ_ONLY,
        page => page,
    };

    let root = allocate_frame()?;
    let big_block = start & !(BIG_BLOCK - 1);
    assert!(end <= big_block + BIG_BLOCK, "the kernel crosses a GiB");
    at(root)[0] = DEVICE | VALID | ACCESSED | KERNEL_NO_EXECUTE | USER_NO_EXECUTE;
    for address in (BIG_BLOCK..MAPPED_PHYSICAL).step_by(BIG_BLOCK) {
        at(root)[address / BIG_BLOCK] = address as u64 | KERNEL_MEMORY;
    }
    let blocks = allocate_frame()?;
    at(root)[big_block / BIG_BLOCK] = blocks as u64 | TABLE_OR_PAGE;
    for (index, entry) in at(blocks).iter_mut().enumerate() {
        let block = big_block + index * BLOCK;
        *entry = block as u64 | KERNEL_MEMORY;
        if block < end && start < block + BLOCK {
            let pages = allocate_frame()?;
            *entry = pages as u64 | TABLE_OR_PAGE;
            for (index, entry) in at(pages).iter_mut().enumerate() {
                *entry = page(block + index * PAGE_SIZE);
            }
        }
    }
    // SAFETY: the new table maps what the old one did, as far as anybody uses it.
    unsafe { asm!("dsb ishst", "msr ttbr1_el1, {}", "isb", "tlbi vmalle1", "dsb ish", "isb", in(reg) root) };
    Ok(())
}

/// The memory of one program.
pub struct AddressSpace {
    root: usize,
    /// Where the next mapping without a wish for an address goes.
    next_free: usize,
}

/// First address for mappings without a wish, far from where programs are linked.
const ANYWHERE: usize = 0x10_0000_0000;

/// Addresses below every program's stack that stay empty.
pub const PROGRAM_GUARD: Range<usize> = {
    let stack = abi::STACK_TOP - abi::STACK_SIZE;
    stack - abi::STACK_GUARD..stack
};

impl AddressSpace {
    pub fn new() -> Result<Self> {
        Ok(Self { root: allocate_frame()?, next_free: ANYWHERE })
    }

    /// Maps zeroed pages; `address` must be a page's, and nothing may be mapped there.
    ///
    /// # Errors
    /// `EINVAL` for a bad range, `EEXIST` where something is mapped, `ENOMEM`.
    pub fn map(&mut self, address: usize, size: usize, flags: MapFlags) -> Result<()> {
        let range = self.unused(address, size)?;
        for page in range.step_by(PAGE_SIZE) {
            let frame = allocate_frame()?;
            *self.entry(page)? = frame as u64 | page_flags(flags) | MEMORY | OWNED;
        }
        barrier();
        Ok(())
    }

    /// Maps device registers.
    pub fn map_device(&mut self, address: usize, physical: usize, size: usize, flags: MapFlags) -> Result<()> {
        let range = self.unused(address, size)?;
        for page in range.clone().step_by(PAGE_SIZE) {
            let flags = page_flags(flags) | DEVICE | USER_NO_EXECUTE;
            *self.entry(page)? = (physical + page - range.start) as u64 | flags;
        }
        barrier();
        Ok(())
    }

    /// Picks an address for a mapping of `size` bytes, and leaves a hole behind it.
    pub fn find_free(&mut self, size: usize) -> usize {
        let address = self.next_free;
        self.next_free += page_align_up(size) + PAGE_SIZE;
        address
    }

    /// Copies out of the program's memory.
    pub fn read(&self, address: usize, buffer: &mut [u8]) -> Result<()> {
        self.pages(address, buffer.len(), 0, |source, done, length| {
            // SAFETY: the walk found memory of that length that the program owns.
            unsafe { core::ptr::copy_nonoverlapping(source, buffer[done..].as_mut_ptr(), length) };
        })
    }

    /// Copies into the program's memory, where the program itself could write.
    pub fn write(&self, address: usize, data: &[u8]) -> Result<()> {
        self.copy_in(address, data, READ_ONLY)
    }

    /// Copies into the program's memory, also into code, and makes it visible to instruction fetches.
    pub fn load(&self, address: usize, data: &[u8]) -> Result<()> {
        self.copy_in(address, data, 0)?;
        self.pages(address, data.len(), 0, |page, _, length| {
            for line in (page as usize & !63..page as usize + length).step_by(64) {
                // SAFETY: cleans a line of mapped memory.
                unsafe { asm!("dc cvau, {}", in(reg) line, options(nostack)) };
            }
        })?;
        // SAFETY: cache maintenance only.
        unsafe { asm!("dsb ish", "ic ialluis", "dsb ish", "isb", options(nostack)) };
        Ok(())
    }

    /// Makes this the memory that programs run in.
    pub fn activate(&self) {
        // SAFETY: the kernel itself lives in the other half.
        unsafe {
            asm!("msr ttbr0_el1, {}", "isb", "tlbi vmalle1", "dsb ish", "isb", in(reg) self.root, options(nostack));
        }
    }

    fn copy_in(&self, address: usize, data: &[u8], forbidden: u64) -> Result<()> {
        self.pages(address, data.len(), forbidden, |target, done, length| {
            // SAFETY: as in `read`.
            unsafe { core::ptr::copy_nonoverlapping(data[done..].as_ptr(), target, length) };
        })
    }

    /// Calls `body(pointer, bytes before, length)` for each piece of a range that lies in one page of memory.
    fn pages(
        &self,
        address: usize,
        size: usize,
        forbidden: u64,
        mut body: impl FnMut(*mut u8, usize, usize),
    ) -> Result<()> {
        let end = address.checked_add(size).filter(|end| *end <= abi::USER_TOP).ok_or(Error::new(EFAULT))?;
        let mut at = address;
        while at < end {
            let entry = self.lookup(at).filter(|entry| entry & forbidden == 0);
            let entry = entry.filter(|entry| entry & OWNED != 0).ok_or(Error::new(EFAULT))?;
            let length = (PAGE_SIZE - at % PAGE_SIZE).min(end - at);
            let frame = virtual_address((entry & ADDRESS) as usize);
            body((frame + at % PAGE_SIZE) as *mut u8, at - address, length);
            at += length;
        }
        Ok(())
    }

    /// Checks that a range is page-aligned, the program's, and empty.
    fn unused(&self, address: usize, size: usize) -> Result<Range<usize>> {
        let end = address.checked_add(size).ok_or(Error::new(EINVAL))?;
        if size == 0 || address == 0 || !address.is_multiple_of(PAGE_SIZE) || end > abi::USER_TOP {
            return Err(Error::new(EINVAL));
        }
        let range = address..page_align_up(end);
        if range.start < PROGRAM_GUARD.end && PROGRAM_GUARD.start < range.end {
            return Err(Error::new(EEXIST));
        }
        if range.clone().step_by(PAGE_SIZE).any(|page| self.lookup(page).is_some()) {
            return Err(Error::new(EEXIST));
        }
        Ok(range)
    }

    fn lookup(&self, address: usize) -> Option<u64> {
        let mut table = self.root;
        for level in [1, 2] {
            let entry = at(table)[index(address, level)];
            if entry & VALID == 0 {
                return None;
            }
            table = (entry & ADDRESS) as usize;
        }
        let entry = at(table)[index(address, 3)];
        (entry & VALID != 0).then_some(entry)
    }

    /// The entry of a page, with the tables above it made as needed.
    fn entry(&mut self, address: usize) -> Result<&mut u64> {
        let mut table = self.root;
        for level in [1, 2] {
            let entry = &mut at(table)[index(address, level)];
            if *entry & VALID == 0 {
                *entry = allocate_frame()? as u64 | TABLE_OR_PAGE;
            }
            table = (*entry & ADDRESS) as usize;
        }
        Ok(&mut at(table)[index(address, 3)])
    }
}

impl Drop for AddressSpace {
    fn drop(&mut self) {
        for level2 in tables(self.root) {
            for level3 in tables(level2) {
                for page in at(level3).iter().filter(|page| **page & OWNED != 0) {
                    free_frame((page & ADDRESS) as usize);
                }
                free_frame(level3);
            }
            free_frame(level2);
        }
        free_frame(self.root);
    }
}

/// Leaves the programs' half empty, for the time when none runs: the last one's tables may be gone.
pub fn deactivate() {
    let root = (&raw const empty_table).addr() - KERNEL_OFFSET;
    // SAFETY: as in `activate`.
    unsafe { asm!("msr ttbr0_el1, {}", "isb", "tlbi vmalle1", "dsb ish", "isb", in(reg) root, options(nostack)) };
}

fn tables(table: usize) -> impl Iterator<Item = usize> {
    at(table).iter().filter(|entry| **entry & VALID != 0).map(|entry| (entry & ADDRESS) as usize)
}

fn at<'a>(table: usize) -> &'a mut Table {
    // SAFETY: tables are frames that only their address space uses, and the kernel runs alone.
    unsafe { &mut *(virtual_address(table) as *mut Table) }
}

fn index(address: usize, level: usize) -> usize {
    address >> (39 - 9 * level) & (ENTRIES - 1)
}

fn page_flags(flags: MapFlags) -> u64 {
    let mut bits = TABLE_OR_PAGE | USER | ACCESSED | NOT_GLOBAL | KERNEL_NO_EXECUTE;
    if !flags.contains(MapFlags::PROT_WRITE) {
        bits |= READ_ONLY;
    }
    if !flags.contains(MapFlags::PROT_EXEC) {
        bits |= USER_NO_EXECUTE;
    }
    bits
}

/// Entries only ever change from invalid to valid while in use, so no TLB entry can be stale.
fn barrier() {
    // SAFETY: a barrier.
    unsafe { asm!("dsb ishst", "isb", options(nostack)) };
}
