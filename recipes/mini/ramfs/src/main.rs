//! Files in memory: `/scheme/ramfs/<name>`, made by the first open with `O_CREAT`, gone with the system.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use rt::println;
use rt::scheme::{Scheme, Socket};
use rt::syscall::{EBADF, EFBIG, EISDIR, ENOENT, Error, O_CREAT, O_TRUNC, Result};

/// Most bytes of one file.
const MAX_SIZE: usize = 16 << 20;

rt::entry!(main);

fn main() -> Result<()> {
    let socket = Socket::create("ramfs")?;
    println!("ramfs: ready, /scheme/ramfs");
    rt::ready();
    socket.serve(&mut RamFs::default())
}

type Contents = Rc<RefCell<Vec<u8>>>;

#[derive(Default)]
struct RamFs {
    files: BTreeMap<String, Contents>,
    open: BTreeMap<usize, Contents>,
    last: usize,
}

impl RamFs {
    fn contents(&self, file: usize) -> Result<&Contents> {
        self.open.get(&file).ok_or(Error::new(EBADF))
    }
}

impl Scheme for RamFs {
    fn open(&mut self, path: &str, flags: usize) -> Result<usize> {
        if path.is_empty() {
            return Err(Error::new(EISDIR));
        }
        let contents = match self.files.get(path) {
            Some(contents) => contents.clone(),
            None if flags & O_CREAT != 0 => self.files.entry(path.into()).or_default().clone(),
            None => return Err(Error::new(ENOENT)),
        };
        if flags & O_TRUNC != 0 {
            contents.borrow_mut().clear();
        }
        self.last += 1;
        self.open.insert(self.last, contents);
        Ok(self.last)
    }

    fn read(&mut self, file: usize, position: u64, buffer: &mut [u8]) -> Result<usize> {
        let contents = self.contents(file)?.borrow();
        let start = usize::try_from(position).unwrap_or(usize::MAX).min(contents.len());
        let count = buffer.len().min(contents.len() - start);
        buffer[..count].copy_from_slice(&contents[start..][..count]);
        Ok(count)
    }

    fn write(&mut self, file: usize, position: u64, data: &[u8]) -> Result<usize> {
        let mut contents = self.contents(file)?.borrow_mut();
        let start = usize::try_from(position).map_err(|_| Error::new(EFBIG))?;
        let end = start.checked_add(data.len()).filter(|end| *end <= MAX_SIZE).ok_or(Error::new(EFBIG))?;
        if contents.len() < end {
            contents.resize(end, 0);
        }
        contents[start..end].copy_from_slice(data);
        Ok(data.len())
    }

    fn close(&mut self, file: usize) {
        self.open.remove(&file);
    }
}
