//! Reads an initfs image, format D. No byte of it is trusted: every offset is checked before it is used.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// First bytes of every image.
const MAGIC: &[u8] = b"RedoxFtw";
/// Bytes of the header.
pub const HEADER_SIZE: usize = 0x22;
const PAGE_SIZE: u16 = 4096;
const INODE_SIZE: usize = 12;
const ENTRY_SIZE: usize = 8;
/// Links that one path may lead through; more are a loop.
const MAX_LINKS: usize = 8;

/// What an inode is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With or without execute permission.
    File,
    Directory,
    Link,
}

/// Why a path, or the whole image, is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The image breaks the format; the text says where.
    Corrupt(&'static str),
    NotFound,
    NotDirectory,
    LinkLoop,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Corrupt(what) => write!(f, "bad {what}"),
            Self::NotFound => f.write_str("no such file"),
            Self::NotDirectory => f.write_str("not a directory"),
            Self::LinkLoop => f.write_str("too many links"),
        }
    }
}

type Result<T> = core::result::Result<T, Problem>;

/// An image. Its start, where this very program sits and changes its own data, is never looked at again.
pub struct Image<'a> {
    body: &'a [u8],
    /// Offset of `body` in the image.
    start: usize,
    inode_table: usize,
    root: u16,
    count: u16,
}

/// A file, directory or link.
pub struct Inode<'a> {
    pub number: u16,
    pub kind: Kind,
    pub data: &'a [u8],
}

/// Size of the image that a header belongs to, in bytes.
pub fn image_size(header: &[u8; HEADER_SIZE]) -> Result<usize> {
    if !header.starts_with(MAGIC) {
        return Err(Problem::Corrupt("magic"));
    }
    if half(header, 0x14) != PAGE_SIZE {
        return Err(Problem::Corrupt("page size"));
    }
    let size = u64::from(word(header, 0xc)) | u64::from(word(header, 0x10)) << 32;
    usize::try_from(size).map_err(|_| Problem::Corrupt("image size"))
}

impl<'a> Image<'a> {
    /// An image from its header and the bytes from offset `start` to its end.
    pub fn new(header: &[u8; HEADER_SIZE], body: &'a [u8], start: usize) -> Result<Self> {
        let image = Self {
            body,
            start,
            inode_table: word(header, 8) as usize,
            root: half(header, 0x16),
            count: half(header, 0x18),
        };
        if image.inode(image.root)?.kind != Kind::Directory {
            return Err(Problem::Corrupt("root directory"));
        }
        Ok(image)
    }

    /// Number of inodes, that is of files, directories and links.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// An inode by its number.
    pub fn inode(&self, number: u16) -> Result<Inode<'a>> {
        if number >= self.count {
            return Err(Problem::Corrupt("inode number"));
        }
        let offset = self.inode_table + usize::from(number) * INODE_SIZE;
        let inode = self.bytes(offset, INODE_SIZE).ok_or(Problem::Corrupt("inode table"))?;
        let kind = match word(inode, 0) {
            0 | 1 => Kind::File,
            2 => Kind::Directory,
            3 => Kind::Link,
            _ => return Err(Problem::Corrupt("inode type")),
        };
        let (length, offset) = (word(inode, 4) as usize, word(inode, 8) as usize);
        // Where a file is empty, its offset says nothing.
        let data = if length == 0 { Some(&[][..]) } else { self.bytes(offset, length) };
        Ok(Inode { number, kind, data: data.ok_or(Problem::Corrupt("data range"))? })
    }

    /// The inode that a path leads to. Links are followed, relative to the directory they are in.
    pub fn lookup(&self, path: &str) -> Result<Inode<'a>> {
        self.walk(&mut vec![self.root], path, MAX_LINKS)
    }

    /// Follows a path; `trail` has the directories from the root to where it starts, and afterwards to where it led.
    fn walk(&self, trail: &mut Vec<u16>, path: &str, links: usize) -> Result<Inode<'a>> {
        let here = |trail: &[u16]| self.inode(trail.last().copied().unwrap_or(self.root));
        let mut inode = here(trail)?;
        for name in path.split('/').filter(|name| !name.is_empty() && *name != ".") {
            if inode.kind != Kind::Directory {
                return Err(Problem::NotDirectory);
            }
            if name == ".." {
                trail.pop();
                inode = here(trail)?;
                continue;
            }
            inode = self.inode(self.find(&inode, name)?)?;
            match inode.kind {
                Kind::File => {}
                Kind::Directory => trail.push(inode.number),
                Kind::Link => {
                    let links = links.checked_sub(1).ok_or(Problem::LinkLoop)?;
                    let target = core::str::from_utf8(inode.data).map_err(|_| Problem::Corrupt("link"))?;
                    inode = self.walk(trail, target, links)?;
                }
            }
        }
        Ok(inode)
    }

    fn find(&self, directory: &Inode, name: &str) -> Result<u16> {
        for entry in directory.data.chunks_exact(ENTRY_SIZE) {
            let (length, offset) = (usize::from(half(entry, 2)), word(entry, 4) as usize);
            if self.bytes(offset, length).ok_or(Problem::Corrupt("name range"))? == name.as_bytes() {
                return Ok(half(entry, 0));
            }
        }
        Err(Problem::NotFound)
    }

    fn bytes(&self, offset: usize, length: usize) -> Option<&'a [u8]> {
        let start = offset.checked_sub(self.start)?;
        self.body.get(start..)?.get(..length)
    }
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(half(bytes, at)) | u32::from(half(bytes, at + 2)) << 16
}
