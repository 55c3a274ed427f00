//! Loads the kernel's ELF file to the physical addresses that it names.

use alloc::format;
use alloc::string::ToString;
use core::ops::Range;

use crate::Result;
use crate::pages::Pages;

const MACHINE_AARCH64: u16 = 183;
const PT_LOAD: u32 = 1;
const PROGRAM_HEADER_SIZE: usize = 56;

/// A kernel in its place.
pub struct Kernel {
    memory: Pages,
    /// Physical address of the first instruction.
    pub entry: usize,
}

/// A segment: where its bytes are in the file, and where they belong.
struct Segment {
    file: Range<usize>,
    physical: usize,
    virtual_address: usize,
    size: usize,
}

impl Kernel {
    pub fn load(file: &[u8]) -> Result<Self> {
        let segments = segments(file).ok_or_else(|| "the kernel is not a 64-bit ELF file for aarch64".to_string())?;
        let start = segments.iter().map(|segment| segment.physical).min();
        let end = segments.iter().map(|segment| segment.physical + segment.size).max();
        let (Some(start), Some(end)) = (start, end) else { return Err("the kernel has nothing to load".into()) };
        let mut memory = Pages::at(start, end - start)?;
        for segment in &segments {
            let bytes = file.get(segment.file.clone()).ok_or_else(|| "the kernel is cut off".to_string())?;
            memory.bytes_mut()[segment.physical - start..][..bytes.len()].copy_from_slice(bytes);
        }
        let entry = double(file, 24);
        let holds =
            |segment: &&Segment| (segment.virtual_address..segment.virtual_address + segment.size).contains(&entry);
        let segment =
            segments.iter().find(holds).ok_or_else(|| format!("the kernel's entry {entry:x} is not in it"))?;
        Ok(Self { memory, entry: entry - segment.virtual_address + segment.physical })
    }

    pub fn range(&self) -> Range<usize> {
        self.memory.range()
    }
}

/// The segments to load, `None` if this is no kernel.
fn segments(file: &[u8]) -> Option<alloc::vec::Vec<Segment>> {
    let header = file.get(..64).filter(|header| header.starts_with(b"\x7fELF\x02\x01"))?;
    if u16::from_le_bytes([header[18], header[19]]) != MACHINE_AARCH64 {
        return None;
    }
    let count = usize::from(u16::from_le_bytes([header[56], header[57]]));
    let headers = file.get(double(header, 32)..)?.get(..count * PROGRAM_HEADER_SIZE)?;
    let loads = headers.chunks_exact(PROGRAM_HEADER_SIZE).filter(|header| double(header, 0) as u32 == PT_LOAD);
    loads
        .map(|header| {
            let (offset, file_size, size) = (double(header, 8), double(header, 32), double(header, 40));
            (file_size <= size).then_some(())?;
            Some(Segment {
                file: offset..offset.checked_add(file_size)?,
                physical: double(header, 24),
                virtual_address: double(header, 16),
                size,
            })
        })
        .collect()
}

fn double(bytes: &[u8], at: usize) -> usize {
    usize::from_le_bytes(core::array::from_fn(|index| bytes[at + index]))
}
