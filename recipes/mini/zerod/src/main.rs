//! Called as zerod, serves `/scheme/zero`: as many zeros as anybody reads. Called as nulld, serves `/scheme/null`:
//! always at its end. Both swallow what is written.
#![no_std]
#![no_main]

use rt::scheme::{Scheme, Socket};
use rt::syscall::Result;
use rt::{args, println};

rt::entry!(main);

fn main() -> Result<()> {
    let (name, mut scheme) = match args::name() {
        "zerod" => ("zero", Swallow { zeros: true }),
        "nulld" => ("null", Swallow { zeros: false }),
        other => panic!("needs to be called as either nulld or zerod, not {other}"),
    };
    let socket = Socket::create(name)?;
    println!("{}: ready, /scheme/{name}", args::name());
    rt::ready();
    socket.serve(&mut scheme)
}

struct Swallow {
    zeros: bool,
}

impl Scheme for Swallow {
    fn open(&mut self, _path: &str, _flags: usize) -> Result<usize> {
        Ok(0)
    }

    fn read(&mut self, _file: usize, _position: u64, buffer: &mut [u8]) -> Result<usize> {
        if !self.zeros {
            return Ok(0);
        }
        buffer.fill(0);
        Ok(buffer.len())
    }

    fn write(&mut self, _file: usize, _position: u64, data: &[u8]) -> Result<usize> {
        Ok(data.len())
    }

    fn close(&mut self, _file: usize) {}
}
