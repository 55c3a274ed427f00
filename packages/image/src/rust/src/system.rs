//! Fills a RedoxFS. Upstream's `redoxfs-ar` takes owners, times and order from the host's files and a random UUID; here all
//! of them come from the caller, so that the same input gives the same bytes.

use std::collections::HashMap;
use std::io::Read;

use blake2::{Blake2b512, Digest};
use redoxfs::{Disk, FileSystem, Node, Transaction, TreeData, TreePtr, BLOCK_SIZE, HEADER_RING};
use serde::Serialize;
use syscall::error::{Error, EIO, ENOSPC};
use uuid::Uuid;

use crate::extent::Extent;
use crate::failure::Failure;
use crate::manifest::{Content, Entry, What};

/// Whole records, so that each is compressed once.
pub const CHUNK: usize = 8 * redoxfs::RECORD_SIZE as usize;
/// What a transaction keeps in memory at most before it is written out, in bytes.
pub const PENDING: u64 = 64 << 20;

#[derive(Serialize)]
pub struct Summary {
    pub uuid: Uuid,
    pub size: u64,
    /// Bytes of blocks that are not free, its own tables included.
    pub used: u64,
}

impl Summary {
    pub fn of<D: Disk>(fs: &FileSystem<D>) -> Self {
        let size = fs.header.size();
        Summary {
            uuid: Uuid::from_bytes(fs.header.uuid()),
            size,
            used: size - fs.allocator().free() * BLOCK_SIZE,
        }
    }
}

/// What stopped the writing.
pub enum Stop {
    NoSpace,
    Failure(Failure),
}

fn stop(what: &str) -> impl Fn(Error) -> Stop + '_ {
    move |error| match error.errno {
        ENOSPC => Stop::NoSpace,
        _ => Stop::Failure(Failure::of(what, error)),
    }
}

/// Makes a RedoxFS that fills an extent.
pub fn write(disk: Extent, uuid: Uuid, entries: &[Entry], time: u64) -> Result<FileSystem<Extent>, Stop> {
    let failed = stop("RedoxFS");
    let mut fs = FileSystem::create(disk, None, time, 0).map_err(&failed)?;
    let mut reason = None;
    fs.tx(|tx| {
        add_all(tx, entries, time).map_err(|stopped| {
            reason = Some(stopped);
            Error::new(EIO)
        })
    })
    .map_err(|error| reason.unwrap_or_else(|| failed(error)))?;
    fs.cleanup().map_err(&failed)?;
    keep_one_header(&mut fs, uuid).map_err(&failed)?;
    Ok(fs)
}

fn add_all<D: Disk>(tx: &mut Transaction<D>, entries: &[Entry], time: u64) -> Result<(), Stop> {
    let mut folders = HashMap::from([("", TreePtr::<Node>::root())]);
    let mut pending = 0;
    for entry in entries {
        let failed = stop(&entry.path);
        let (parent, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        let parent = *folders.get(parent).ok_or_else(|| {
            Stop::Failure(Failure::Message(format!("{}: its folder is not there", entry.path)))
        })?;
        let kind = match entry.what {
            What::Directory => Node::MODE_DIR,
            What::File { .. } => Node::MODE_FILE,
            What::Symlink { .. } => Node::MODE_SYMLINK,
        };
        let mode = kind | (entry.mode & Node::MODE_PERM);
        let mut node: TreeData<Node> = tx.create_node(parent, name, mode, time, 0).map_err(&failed)?;
        let ptr = node.ptr();
        node.data_mut().set_uid(entry.uid);
        node.data_mut().set_gid(entry.gid);
        tx.sync_tree(node).map_err(&failed)?;
        pending += BLOCK_SIZE;
        match &entry.what {
            What::Directory => {
                folders.insert(&entry.path, ptr);
            }
            What::Symlink { target } => {
                fill(tx, ptr, &mut target.as_bytes(), time, &entry.path)?;
            }
            What::File { content, digest } => {
                let (size, found) = fill(tx, ptr, &mut Content::new(content), time, &entry.path)?;
                if found != *digest {
                    let message = format!("{}: its source was changed meanwhile", entry.path);
                    return Err(Stop::Failure(Failure::Message(message)));
                }
                pending += size;
            }
        }
        if pending >= PENDING {
            tx.sync(false).map_err(&failed)?;
            pending = 0;
        }
    }
    Ok(())
}

/// Copies content into a node. Returns how many bytes it was, and their digest.
fn fill<D: Disk>(
    tx: &mut Transaction<D>,
    node: TreePtr<Node>,
    content: &mut dyn Read,
    time: u64,
    path: &str,
) -> Result<(u64, String), Stop> {
    let failed = stop(path);
    let mut chunk = Vec::with_capacity(4096);
    let mut hash = Blake2b512::new();
    let mut offset = 0;
    let mut pending = 0;
    loop {
        chunk.clear();
        let read = content.take(CHUNK as u64).read_to_end(&mut chunk);
        read.map_err(|error| Stop::Failure(Failure::io(path)(error)))?;
        if chunk.is_empty() {
            return Ok((offset, hex(&hash.finalize())));
        }
        hash.update(&chunk);
        tx.write_node(node, offset, &chunk, time, 0).map_err(&failed)?;
        offset += chunk.len() as u64;
        pending += chunk.len() as u64;
        if pending >= PENDING {
            tx.sync(false).map_err(&failed)?;
            pending = 0;
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Leaves one header, with the caller's UUID, where a boot loader looks first: block 0, the place of every generation that
/// is a multiple of the ring's size. The crate's own headers all hold the random UUID that it made up.
fn keep_one_header(fs: &mut FileSystem<Extent>, uuid: Uuid) -> Result<(), Error> {
    let mut header = fs.header;
    header.uuid = uuid.into_bytes();
    header.generation = (header.generation().next_multiple_of(HEADER_RING) + HEADER_RING - 1).into();
    let generation = header.update(None);
    debug_assert_eq!(generation % HEADER_RING, 0);
    let zeros = [0; BLOCK_SIZE as usize];
    for slot in 0..HEADER_RING {
        let block: &[u8] = if slot == 0 { &header } else { &zeros };
        unsafe { fs.disk.write_at(fs.block + slot, block)? };
    }
    fs.header = header;
    Ok(())
}
