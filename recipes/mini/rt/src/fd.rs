//! File descriptors that close themselves.

use alloc::vec::Vec;

use syscall::{O_CREAT, O_RDONLY, O_RDWR, O_WRONLY, Result};

/// An open file.
pub struct Fd(usize);

impl Fd {
    /// Takes over a descriptor.
    pub fn from_raw(number: usize) -> Self {
        Self(number)
    }

    /// The descriptor's number.
    pub fn raw(&self) -> usize {
        self.0
    }

    /// Opens a file with `O_…` flags.
    pub fn open(path: &str, flags: usize) -> Result<Self> {
        // Every path is absolute here, so there is no directory to start from.
        syscall::openat(usize::MAX, path, flags, 0).map(Self)
    }

    /// Opens a file for reading.
    pub fn read_only(path: &str) -> Result<Self> {
        Self::open(path, O_RDONLY)
    }

    /// Opens a file for writing.
    pub fn write_only(path: &str) -> Result<Self> {
        Self::open(path, O_WRONLY)
    }

    /// Opens a file for both, and makes it if it isn't there.
    pub fn create(path: &str) -> Result<Self> {
        Self::open(path, O_RDWR | O_CREAT)
    }

    /// Another descriptor of the file, or what the file understands by `how`.
    pub fn dup(&self, how: &[u8]) -> Result<Self> {
        syscall::dup(self.0, how).map(Self)
    }

    /// Reads up to a buffer; 0 bytes mean the end.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        syscall::read(self.0, buffer)
    }

    /// Reads until the end.
    pub fn read_to_end(&self) -> Result<Vec<u8>> {
        let mut data = Vec::new();
        loop {
            let done = data.len();
            data.resize(done + abi::MAX_PAYLOAD, 0);
            let count = self.read(&mut data[done..])?;
            data.truncate(done + count);
            if count == 0 {
                return Ok(data);
            }
        }
    }

    /// Writes up to a buffer.
    pub fn write(&self, data: &[u8]) -> Result<usize> {
        syscall::write(self.0, data)
    }

    /// Writes all of a buffer.
    pub fn write_all(&self, mut data: &[u8]) -> Result<()> {
        while !data.is_empty() {
            data = &data[self.write(data)?..];
        }
        Ok(())
    }

    /// Moves to a position, in bytes from the start.
    pub fn seek(&self, position: usize) -> Result<()> {
        syscall::lseek(self.0, position as isize, syscall::SEEK_SET).map(|_| ())
    }
}

impl Drop for Fd {
    fn drop(&mut self) {
        // A descriptor that isn't open any more needs no closing.
        let _ = syscall::close(self.0);
    }
}
