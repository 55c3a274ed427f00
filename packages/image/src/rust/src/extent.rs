use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use redoxfs::{Disk, BLOCK_SIZE};
use syscall::error::{Error, EINVAL, EIO};

/// Bytes of a file as a disk for RedoxFS.
pub struct Extent {
    file: File,
    offset: u64,
    size: u64,
    /// End of what was written, in blocks.
    pub top: u64,
}

impl Extent {
    pub fn new(file: File, offset: u64, size: u64) -> Self {
        Extent { file, offset, size, top: 0 }
    }

    fn place(&self, block: u64, length: usize) -> Result<u64, Error> {
        let start = block.checked_mul(BLOCK_SIZE).ok_or(Error::new(EINVAL))?;
        match start.checked_add(length as u64) {
            Some(end) if end <= self.size => Ok(self.offset + start),
            _ => Err(Error::new(EINVAL)),
        }
    }
}

fn io_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::new(EIO),
        // Not to be taken for a RedoxFS that is full.
        io::ErrorKind::StorageFull => {
            eprintln!("no space is left on this machine");
            Error::new(EIO)
        }
        _ => Error::new(error.raw_os_error().unwrap_or(EIO)),
    }
}

impl Disk for Extent {
    unsafe fn read_at(&mut self, block: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let at = self.place(block, buffer.len())?;
        self.file.read_exact_at(buffer, at).map_err(io_error)?;
        Ok(buffer.len())
    }

    unsafe fn write_at(&mut self, block: u64, buffer: &[u8]) -> Result<usize, Error> {
        let at = self.place(block, buffer.len())?;
        self.file.write_all_at(buffer, at).map_err(io_error)?;
        self.top = self.top.max(block + (buffer.len() as u64).div_ceil(BLOCK_SIZE));
        Ok(buffer.len())
    }

    fn size(&mut self) -> Result<u64, Error> {
        Ok(self.size)
    }
}
