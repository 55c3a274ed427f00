//! Starts drivers: `pcid-spawner FILE` reads a list of them, each with the device that it is for, and runs those whose
//! device is in the device tree. QEMU's machine has no other devices that this system has drivers for.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;

use fdt::Fdt;
use rt::fd::Fd;
use rt::syscall::{EINVAL, EIO, Error, Result};
use rt::{args, println, process};

rt::entry!(main);

fn main() -> Result<()> {
    let path = args::args().nth(1).ok_or(Error::new(EINVAL))?;
    let list = String::from_utf8(Fd::read_only(path)?.read_to_end()?).map_err(|_| Error::new(EINVAL))?;
    let tree = Fd::read_only("/scheme/kernel.dtb")?.read_to_end()?;
    let tree = Fdt::new(&tree).expect("the device tree is broken");
    let mut device = "";
    for line in list.lines() {
        match line.split_once(" = ").map(|(key, value)| (key, value.trim_matches('"'))) {
            Some(("compatible", value)) => device = value,
            Some(("command", command)) if tree.find_compatible(&[device]).is_some() => spawn(command)?,
            _ => {}
        }
    }
    Ok(())
}

/// Runs a driver until it has done its work.
fn spawn(command: &str) -> Result<()> {
    println!("pcid-spawner: spawn \"{command}\"");
    let file = Fd::read_only(command)?.read_to_end()?;
    let standard = [(0, 0), (1, 1), (2, 2)];
    let started = process::spawn(&file, command, [command].into_iter(), args::environment(), &standard);
    let driver = started.map_err(|error| {
        println!("pcid-spawner: {command} {error}");
        Error::new(EIO)
    })?;
    match driver.wait()? {
        0 => Ok(()),
        status => {
            println!("pcid-spawner: {command} ended with status {status}");
            Err(Error::new(EIO))
        }
    }
}
