//! `redoxfs DISK SCHEME`: serves the RedoxFS on a disk, read only, with the crate `redoxfs`.
#![no_std]
#![no_main]

extern crate alloc;

mod tree;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use redox_syscall_of_redoxfs::error as of_crate;
use redoxfs::{BLOCK_SIZE, Disk, FileSystem};
use rt::fd::Fd;
use rt::scheme::{Scheme, Socket};
use rt::syscall::{EBADF, EINVAL, EROFS, Error, O_CREAT, Result, SEEK_END, lseek};
use rt::{args, println};

rt::entry!(main);

fn main() -> Result<()> {
    let mut words = args::args().skip(1);
    let (Some(path), Some(name)) = (words.next(), words.next()) else {
        println!("usage: redoxfs DISK SCHEME");
        return Err(Error::new(EINVAL));
    };
    let file = Fd::read_only(path)?;
    let size = lseek(file.raw(), 0, SEEK_END)? as u64;
    let file_system = FileSystem::open(DiskFile { file, size }, None, None, false).map_err(error)?;
    let socket = Socket::create(name)?;
    println!("redoxfs: ready, {path} is /scheme/{name}, {} MiB", size >> 20);
    rt::ready();
    socket.serve(&mut Root { file_system, open: BTreeMap::new(), last: 0 })
}

/// An error of the crate, which has another version of the system calls' crate.
fn error(error: of_crate::Error) -> Error {
    Error::new(error.errno)
}

struct DiskFile {
    file: Fd,
    size: u64,
}

impl Disk for DiskFile {
    unsafe fn read_at(&mut self, block: u64, buffer: &mut [u8]) -> of_crate::Result<usize> {
        let failed = |error: Error| of_crate::Error::new(error.errno);
        self.file.seek((block * BLOCK_SIZE) as usize).map_err(failed)?;
        let mut done = 0;
        while done < buffer.len() {
            match self.file.read(&mut buffer[done..]).map_err(failed)? {
                0 => return Err(of_crate::Error::new(of_crate::EIO)),
                count => done += count,
            }
        }
        Ok(done)
    }

    unsafe fn write_at(&mut self, _block: u64, _buffer: &[u8]) -> of_crate::Result<usize> {
        Err(of_crate::Error::new(of_crate::EROFS))
    }

    fn size(&mut self) -> of_crate::Result<u64> {
        Ok(self.size)
    }
}

/// The scheme. Files are read when they are opened: records of the file system are larger than a request.
struct Root {
    file_system: FileSystem<DiskFile>,
    open: BTreeMap<usize, Vec<u8>>,
    last: usize,
}

impl Scheme for Root {
    fn open(&mut self, path: &str, flags: usize) -> Result<usize> {
        if flags & O_CREAT != 0 {
            return Err(Error::new(EROFS));
        }
        let data = tree::read_file(&mut self.file_system, path).map_err(error)?;
        self.last += 1;
        self.open.insert(self.last, data);
        Ok(self.last)
    }

    fn read(&mut self, file: usize, position: u64, buffer: &mut [u8]) -> Result<usize> {
        let data = self.open.get(&file).ok_or(Error::new(EBADF))?;
        let start = usize::try_from(position).map_or(data.len(), |position| position.min(data.len()));
        let count = buffer.len().min(data.len() - start);
        buffer[..count].copy_from_slice(&data[start..][..count]);
        Ok(count)
    }

    fn write(&mut self, _file: usize, _position: u64, _data: &[u8]) -> Result<usize> {
        Err(Error::new(EROFS))
    }

    fn close(&mut self, file: usize) {
        self.open.remove(&file);
    }
}
