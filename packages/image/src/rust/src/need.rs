//! How large a RedoxFS must be for what it shall hold, before it is written.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::path::Path;

use redoxfs::{BLOCK_SIZE, DIR_ENTRY_MAX_LENGTH, HEADER_RING, RECORD_SIZE};

use crate::extent::Extent;
use crate::failure::Failure;
use crate::manifest::{Entry, System, What};
use crate::system::{self, Stop, PENDING};

/// Content of so many bytes lies in its node.
const INLINE: u64 = 3900;
/// Entries of a list of nodes, of blocks, and of allocations; all of them have a few more.
const LIST: u64 = 250;
/// Blocks of a record, and of the largest free part that none fits into.
const RECORD_BLOCKS: u64 = RECORD_SIZE / BLOCK_SIZE;

/// Fails if the nodes do not fit, and says how much room they need. What fits even if nothing can be compressed needs no
/// more than arithmetic; other nodes are written to a scratch file beside the disk, which has no name.
pub fn check(system: &System, time: u64, beside: &Path) -> Result<(), Failure> {
    let bound = bound(&system.nodes)?;
    if bound <= system.size {
        return Ok(());
    }
    let need = measure(system, bound, time, beside)?;
    if need > system.size {
        return Err(Failure::TooSmall { part: "redoxfs", need, room: system.size });
    }
    Ok(())
}

/// Bytes of a RedoxFS that holds the nodes without any compression.
pub fn bound(entries: &[Entry]) -> Result<u64, Failure> {
    let mut data = 0;
    let mut bytes = 0;
    let mut lists = 0;
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in entries {
        let folder = entry.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *names.entry(folder).or_default() += 1;
        let size = match &entry.what {
            What::Directory => 0,
            What::Symlink { target } => target.len() as u64,
            What::File { content, .. } => content.iter().map(|part| part.size()).sum::<Result<u64, _>>()?,
        };
        bytes += size;
        if size >= INLINE {
            let tail = (size % RECORD_SIZE).div_ceil(BLOCK_SIZE);
            data += size / RECORD_SIZE * RECORD_BLOCKS;
            data += if tail == 0 { 0 } else { tail.next_power_of_two() };
            let records = size.div_ceil(RECORD_SIZE);
            lists += records / LIST + records / (LIST * LIST) + 1;
        }
    }
    let nodes = entries.len() as u64 + 1;
    // A block of names that overflows is split in the middle of its hashes; with names of the greatest length it has 15.
    let per_block = BLOCK_SIZE / (DIR_ENTRY_MAX_LENGTH as u64 + 5) / 3;
    let folders: u64 = names.values().map(|count| 2 + count.div_ceil(per_block) * 2).sum();
    let tree = 4 + nodes.div_ceil(LIST) * 2;
    let own = nodes + folders + tree + lists;
    // Until it is squashed at the end, the log of allocations has an entry for each.
    let log = 4 + (data + own * 2).div_ceil(LIST) * 2;
    // What is replaced is free after the next synchronisation only.
    let replaced = own + log + (bytes / PENDING + nodes * BLOCK_SIZE / PENDING + 2) * (tree + 16);
    Ok((HEADER_RING + 4 + data + own + log + replaced + 4 * RECORD_BLOCKS) * BLOCK_SIZE)
}

/// Bytes that the nodes need, in whole blocks. RedoxFS takes the free block nearest to its start, so the end of what it
/// writes with more room than it needs is the size that is enough.
fn measure(system: &System, bound: u64, time: u64, beside: &Path) -> Result<u64, Failure> {
    let scratch = beside.with_extension("scratch");
    let failed = || Failure::io(scratch.display());
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).open(&scratch).map_err(failed())?;
    fs::remove_file(&scratch).map_err(failed())?;
    file.set_len(bound).map_err(failed())?;
    match system::write(Extent::new(file, 0, bound), system.uuid, &system.nodes, time) {
        Ok(fs) => Ok(fs.disk.top * BLOCK_SIZE),
        Err(Stop::Failure(failure)) => Err(failure),
        Err(Stop::NoSpace) => Err(Failure::Message(format!("RedoxFS needs more than the {bound} bytes that were computed"))),
    }
}
