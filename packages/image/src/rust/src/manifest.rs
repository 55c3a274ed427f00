//! What the caller wants to have on a disk, as JSON.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::vec;

use serde::Deserialize;
use uuid::Uuid;

use crate::failure::Failure;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The file to make; it must not be there.
    pub disk: PathBuf,
    /// Bytes of the disk.
    pub size: u64,
    /// Time of everything, in seconds since 1970.
    pub time: u64,
    pub table: Table,
    pub redoxfs: System,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Table {
    pub guid: Uuid,
    pub bios: Slot,
    /// Boot loader for BIOS; its first sector begins the disk.
    pub bios_loader: Option<PathBuf>,
    pub efi: Slot,
    /// Serial number of its FAT.
    pub efi_serial: u32,
    /// Boot loader for UEFI.
    pub efi_loader: Loader,
    pub redox: Slot,
}

/// A partition.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Slot {
    pub guid: Uuid,
    pub first_lba: u64,
    pub last_lba: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loader {
    /// Its name in EFI/BOOT.
    pub name: String,
    pub source: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Where it is on the disk, in bytes.
    pub offset: u64,
    pub size: u64,
    pub uuid: Uuid,
    /// Parents first.
    pub nodes: Vec<Entry>,
}

#[derive(Deserialize)]
pub struct Entry {
    pub path: String,
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum What {
    Directory,
    Symlink { target: String },
    /// BLAKE2b-512 of the content, as the caller knows it.
    File { content: Vec<Part>, digest: String },
}

/// A piece of a file.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Text(String),
    Source(PathBuf),
}

impl Part {
    pub fn size(&self) -> Result<u64, Failure> {
        match self {
            Part::Text(text) => Ok(text.len() as u64),
            Part::Source(path) => match fs::metadata(path) {
                Ok(metadata) => Ok(metadata.len()),
                Err(error) => Err(Failure::io(path.display())(error)),
            },
        }
    }

    fn open(self: &Part) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Part::Text(text) => Box::new(Cursor::new(text.as_bytes())),
            Part::Source(path) => Box::new(File::open(path)?),
        })
    }
}

/// The pieces of a file, one after the other; one file is open at a time.
pub struct Content<'a> {
    rest: vec::IntoIter<&'a Part>,
    current: Box<dyn Read + 'a>,
}

impl<'a> Content<'a> {
    pub fn new(parts: &'a [Part]) -> Self {
        let parts: Vec<&Part> = parts.iter().collect();
        Content { rest: parts.into_iter(), current: Box::new(io::empty()) }
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.current.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.rest.next() {
                Some(part) => self.current = part.open()?,
                None => return Ok(0),
            }
        }
    }
}
