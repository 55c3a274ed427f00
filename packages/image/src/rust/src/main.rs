//! Writes a disk for Redox, and lists a RedoxFS: partition table by the crate `gpt`, EFI system partition by `fatfs`,
//! RedoxFS by `redoxfs`, without root, mounts or FUSE. Nothing comes from the host: times, UUIDs, owners and order are the
//! caller's, so that the same input gives the same bytes.
//!
//!     redox-image write < manifest.json
//!     redox-image list DISK OFFSET SIZE
//!
//! OFFSET and SIZE are the bytes of RedoxFS on the disk. Both print JSON. Exit status 3: something has no room; what, how
//! much it needs and how much there is are printed then.

mod dots;
mod efi;
mod extent;
mod failure;
mod list;
mod manifest;
mod need;
mod system;
mod table;

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader};
use std::process::ExitCode;

use serde_json::json;

use extent::Extent;
use failure::Failure;
use manifest::Manifest;
use system::{Stop, Summary};

fn write() -> Result<(), Failure> {
    let input = BufReader::new(io::stdin().lock());
    let manifest: Manifest =
        serde_json::from_reader(input).map_err(|error| Failure::Message(format!("the manifest: {error}")))?;
    let Manifest { disk, size, time, table, redoxfs } = manifest;
    need::check(&redoxfs, time, &disk)?;
    let failed = || Failure::io(disk.display());
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).open(&disk).map_err(failed())?;
    // Gaps stay holes, which read as zeros.
    file.set_len(size).map_err(failed())?;
    table::write(&file, size, &table)?;
    let efi = efi::write(&file, &table, time)?;
    let extent = Extent::new(file, redoxfs.offset, redoxfs.size);
    let fs = system::write(extent, redoxfs.uuid, &redoxfs.nodes, time).map_err(|stop| match stop {
        Stop::Failure(failure) => failure,
        Stop::NoSpace => Failure::Message("RedoxFS is full, which was not to be".to_string()),
    })?;
    println!("{}", json!({ "efi": efi, "redoxfs": Summary::of(&fs) }));
    Ok(())
}

fn list(disk: &str, offset: &str, size: &str) -> Result<(), Failure> {
    let number = |text: &str| text.parse().map_err(|_| Failure::Message(format!("no number: {text}")));
    let file = File::open(disk).map_err(Failure::io(disk))?;
    list::list(Extent::new(file, number(offset)?, number(size)?))
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args[..] {
        ["write"] => write(),
        ["list", disk, offset, size] => list(disk, offset, size),
        _ => Err(Failure::Message("usage: redox-image write | list DISK OFFSET SIZE".to_string())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Message(message)) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
        Err(Failure::TooSmall { part, need, room }) => {
            println!("{}", json!({ "part": part, "need": need, "room": room }));
            ExitCode::from(3)
        }
    }
}
