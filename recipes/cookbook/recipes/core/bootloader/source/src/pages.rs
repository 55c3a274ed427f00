//! Memory that the kernel finds again: whole pages, below 4 GiB, where the kernel's first map ends.

use alloc::format;
use core::ops::Range;
use core::slice;

use uefi::boot::{self, AllocateType, MemoryType, PAGE_SIZE};

use crate::Result;

const MAX_ADDRESS: u64 = (4 << 30) - 1;

/// Pages that are never given back, with the bytes in use.
pub struct Pages {
    start: *mut u8,
    size: usize,
}

impl Pages {
    /// Zeroed memory anywhere.
    pub fn anywhere(size: usize) -> Result<Self> {
        Self::new(AllocateType::MaxAddress(MAX_ADDRESS), size)
    }

    /// Zeroed memory at a physical address.
    pub fn at(address: usize, size: usize) -> Result<Self> {
        Self::new(AllocateType::Address(address as u64), size)
    }

    fn new(place: AllocateType, size: usize) -> Result<Self> {
        let pages = boot::allocate_pages(place, MemoryType::LOADER_DATA, size.div_ceil(PAGE_SIZE));
        let start = pages.map_err(|error| format!("no memory for {size} bytes at {place:x?}: {error}"))?.as_ptr();
        // SAFETY: the pages were just allocated.
        unsafe { start.write_bytes(0, size.next_multiple_of(PAGE_SIZE)) };
        Ok(Self { start, size })
    }

    pub fn copy_of(bytes: &[u8]) -> Result<Self> {
        let mut pages = Self::anywhere(bytes.len())?;
        pages.bytes_mut().copy_from_slice(bytes);
        Ok(pages)
    }

    /// Physical addresses, which are also the ones in use here.
    pub fn range(&self) -> Range<usize> {
        self.start.addr()..self.start.addr() + self.size
    }

    pub fn bytes(&self) -> &'static [u8] {
        // SAFETY: allocated in `new`, and never given back.
        unsafe { slice::from_raw_parts(self.start, self.size) }
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; `self` is borrowed alone.
        unsafe { slice::from_raw_parts_mut(self.start, self.size) }
    }
}
