//! Small programs in one: what it does, the name that it was called by says, or its first argument.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

use rt::fd::Fd;
use rt::syscall::{EINVAL, Error, Result};
use rt::terminal::prompt;
use rt::{args, println, process, time};

/// What `uname` says about the system.
const SYSTEM: &str = if cfg!(feature = "feat_os_unix_redox") { "Redox" } else { "Unix" };
const RELEASE: &str = env!("CARGO_PKG_VERSION");
const MACHINE: &str = if cfg!(target_arch = "x86_64") { "x86_64" } else { "aarch64" };

rt::entry!(main);

fn main() -> Result<()> {
    let mut words: Vec<&str> = args::args().collect();
    if words.first().is_some_and(|name| *name == "coreutils") {
        words.remove(0);
    }
    match words[..] {
        ["cat", ref files @ ..] => files.iter().try_for_each(|file| cat(file)),
        ["echo", ref words @ ..] => {
            println!("{}", words.join(" "));
            Ok(())
        }
        ["false", ..] => process::exit(1),
        #[cfg(feature = "shutdown")]
        ["shutdown"] => Fd::write_only("/scheme/sys/kstop")?.write_all(b"shutdown"),
        ["sleep", seconds] => {
            let seconds: u32 = seconds.parse().map_err(|_| Error::new(EINVAL))?;
            time::sleep(seconds.saturating_mul(1000))
        }
        ["true", ..] => Ok(()),
        ["uname", "-a"] => {
            println!("{SYSTEM} redox {RELEASE} {MACHINE}");
            Ok(())
        }
        ["uname"] => {
            println!("{SYSTEM}");
            Ok(())
        }
        _ => {
            println!("coreutils: cannot do: {}", words.join(" "));
            process::exit(2)
        }
    }
}

fn cat(path: &str) -> Result<()> {
    let data = Fd::read_only(path).inspect_err(|error| println!("cat: {path}: {error}"))?.read_to_end()?;
    prompt(&String::from_utf8_lossy(&data))
}
