//! Uses what the services offer and compares what comes back; the first difference fails the boot.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

use rt::fd::Fd;
use rt::syscall::{ENODEV, ENOENT, O_RDWR, Result};
use rt::{println, time};

/// More than one message to a scheme carries.
const FILE_SIZE: usize = 20_000;
/// Start of 2024, in seconds: no machine's clock is earlier.
const YEAR_2024: i64 = 1_704_067_200;

rt::entry!(main);

fn main() -> Result<()> {
    zero()?;
    null()?;
    ramfs()?;
    clocks()?;
    log()?;
    errors();
    println!("check: all services answer as they should");
    Ok(())
}

fn zero() -> Result<()> {
    let mut buffer = [0xff; 100];
    let zero = Fd::open("/scheme/zero", O_RDWR)?;
    assert_eq!(zero.read(&mut buffer)?, buffer.len());
    assert!(buffer.iter().all(|byte| *byte == 0), "/scheme/zero gave something else");
    assert_eq!(zero.write(b"swallowed")?, 9);
    Ok(())
}

fn null() -> Result<()> {
    let null = Fd::open("/scheme/null", O_RDWR)?;
    assert_eq!(null.read(&mut [0; 100])?, 0);
    assert_eq!(null.write(b"swallowed")?, 9);
    Ok(())
}

fn ramfs() -> Result<()> {
    let contents: Vec<u8> = (0..FILE_SIZE).map(|index| (index * index % 251) as u8).collect();
    let file = Fd::create("/scheme/ramfs/squares")?;
    file.write_all(&contents)?;
    file.seek(FILE_SIZE - 1)?;
    let mut last = [0; 2];
    assert_eq!(file.read(&mut last)?, 1);
    assert_eq!(last[0], contents[FILE_SIZE - 1]);
    drop(file);
    let again = Fd::read_only("/scheme/ramfs/squares")?.read_to_end()?;
    assert!(again == contents, "/scheme/ramfs gave back {} other bytes", again.len());
    Ok(())
}

/// Sleeping takes time, floating point survives that others run meanwhile, and rtcd has told the date.
fn clocks() -> Result<()> {
    let before = time::monotonic()?;
    let mut numbers = [0.5f64; 8];
    for _ in 0..2 {
        time::sleep(5)?;
        for (index, number) in numbers.iter_mut().enumerate() {
            *number = *number * 3.0 + index as f64;
        }
    }
    let after = time::monotonic()?;
    let milliseconds = (after.tv_sec - before.tv_sec) * 1000 + i64::from(after.tv_nsec - before.tv_nsec) / 1_000_000;
    assert!(milliseconds >= 10, "10 ms of sleep took {milliseconds} ms");
    assert_eq!(numbers, [4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5, 32.5]);
    let today = time::real()?;
    assert!(today.tv_sec > YEAR_2024, "the clock says {} seconds since 1970", today.tv_sec);
    Ok(())
}

fn log() -> Result<()> {
    let history = Fd::read_only("/scheme/log")?.read_to_end()?;
    let history = String::from_utf8_lossy(&history);
    assert!(history.contains("ramfs: ready"), "the log does not have ramfs's line:\n{history}");
    Ok(())
}

fn errors() {
    let error = |path| Fd::read_only(path).err().map(|error| error.errno);
    assert_eq!(error("/scheme/ramfs/missing"), Some(ENOENT));
    assert_eq!(error("/scheme/initfs/missing"), Some(ENOENT));
    assert_eq!(error("/scheme/missing"), Some(ENODEV));
    assert_eq!(error("missing"), Some(ENOENT));
}
