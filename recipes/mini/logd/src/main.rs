//! Log daemon: `/scheme/log/<name>` takes lines, which come out on the serial line with time and name in front, and
//! `/scheme/log` gives all of them back.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rt::fd::Fd;
use rt::println;
use rt::scheme::{Scheme, Socket};
use rt::syscall::{EACCES, EBADF, Error, Result};
use rt::time;

/// Bytes of history that are kept.
const HISTORY: usize = 64 * 1024;

rt::entry!(main);

fn main() -> Result<()> {
    let socket = Socket::create("log")?;
    let mut log = Log { debug: Fd::write_only("/scheme/debug")?, history: Vec::new(), files: BTreeMap::new(), last: 0 };
    println!("logd: ready, /scheme/log");
    rt::ready();
    socket.serve(&mut log)
}

/// An open file: who writes, and the line so far. The history's reader has no name.
struct Writer {
    name: String,
    line: Vec<u8>,
}

struct Log {
    debug: Fd,
    history: Vec<u8>,
    files: BTreeMap<usize, Writer>,
    last: usize,
}

impl Log {
    fn add(&mut self, name: &str, line: &[u8]) -> Result<()> {
        let now = time::monotonic()?;
        let mut text = format!("[{}.{:06}] ", now.tv_sec, now.tv_nsec / 1000).into_bytes();
        // Most programs say their name themselves.
        if !line.starts_with(name.as_bytes()) {
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b": ");
        }
        text.extend_from_slice(line);
        text.push(b'\n');
        let excess = (self.history.len() + text.len()).saturating_sub(HISTORY);
        self.history.drain(..excess.min(self.history.len()));
        self.history.extend_from_slice(&text);
        self.debug.write_all(&text)
    }
}

impl Scheme for Log {
    fn open(&mut self, path: &str, _flags: usize) -> Result<usize> {
        self.last += 1;
        self.files.insert(self.last, Writer { name: path.into(), line: Vec::new() });
        Ok(self.last)
    }

    fn read(&mut self, _file: usize, position: u64, buffer: &mut [u8]) -> Result<usize> {
        let start = usize::try_from(position).unwrap_or(usize::MAX).min(self.history.len());
        let count = buffer.len().min(self.history.len() - start);
        buffer[..count].copy_from_slice(&self.history[start..][..count]);
        Ok(count)
    }

    fn write(&mut self, file: usize, _position: u64, data: &[u8]) -> Result<usize> {
        let mut writer = self.files.remove(&file).ok_or(Error::new(EBADF))?;
        if writer.name.is_empty() {
            self.files.insert(file, writer);
            return Err(Error::new(EACCES));
        }
        let mut result = Ok(data.len());
        for byte in data {
            if *byte == b'\n' {
                result = result.and(self.add(&writer.name, &writer.line).map(|()| data.len()));
                writer.line.clear();
            } else {
                writer.line.push(*byte);
            }
        }
        self.files.insert(file, writer);
        result
    }

    fn close(&mut self, file: usize) {
        if let Some(writer) = self.files.remove(&file)
            && !writer.line.is_empty()
        {
            // The writer is gone, so there is nobody to tell.
            let _ = self.add(&writer.name, &writer.line);
        }
    }
}
