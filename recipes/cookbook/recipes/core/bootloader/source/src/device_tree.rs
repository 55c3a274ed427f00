//! The device tree of the firmware, and what the kernel must know besides, in its node `/chosen`.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::slice;

use uefi::{Guid, guid, system};

use crate::Result;

const TABLE: Guid = guid!("b1b621d5-f19c-41a5-830b-d9152c69aae0");
const MAGIC: u32 = 0xd00d_feed;
const HEADER_SIZE: usize = 40;
const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROPERTY: u32 = 3;
const NOP: u32 = 4;

/// The tree as the firmware has it.
pub fn find() -> Result<&'static [u8]> {
    let address = system::with_config_table(|tables| {
        tables.iter().find(|table| table.guid == TABLE).map(|table| table.address.cast::<u8>())
    });
    let address =
        address.ok_or_else(|| "the firmware has no device tree: start QEMU with -M virt,acpi=off".to_string())?;
    // SAFETY: the firmware promises a tree there, which says its size in its second word.
    let size = unsafe {
        let header = slice::from_raw_parts(address, HEADER_SIZE);
        if word(header, 0) != Some(MAGIC) {
            return Err("the firmware's device tree is broken".into());
        }
        word(header, 4).unwrap_or_default() as usize
    };
    // SAFETY: as above.
    Ok(unsafe { slice::from_raw_parts(address, size) })
}

/// A copy of a tree with more properties of 8 bytes in `/chosen`.
pub fn with_chosen(tree: &[u8], properties: &[(&str, usize)]) -> Result<Vec<u8>> {
    add_to_chosen(tree, properties).ok_or_else(|| format!("the device tree is broken ({} bytes)", tree.len()))
}

fn add_to_chosen(tree: &[u8], properties: &[(&str, usize)]) -> Option<Vec<u8>> {
    let field = |at| word(tree, at).map(|value| value as usize);
    let structure = tree.get(field(8)?..)?.get(..field(36)?)?;
    let mut strings = tree.get(field(12)?..)?.get(..field(32)?)?.to_vec();
    let reserved = tree.get(field(16)?..)?;
    let reserved =
        &reserved[..reserved.chunks_exact(16).position(|entry| entry.iter().all(|byte| *byte == 0))? * 16 + 16];

    let mut added = Vec::new();
    for (name, value) in properties {
        for number in [PROPERTY, 8, strings.len() as u32] {
            added.extend(number.to_be_bytes());
        }
        added.extend((*value as u64).to_be_bytes());
        strings.extend(name.bytes().chain([0]));
    }
    let (at, inside) = place(structure)?;
    if !inside {
        added.splice(0..0, BEGIN_NODE.to_be_bytes().into_iter().chain(*b"chosen\0\0"));
        added.extend(END_NODE.to_be_bytes());
    }

    let mut result = tree[..HEADER_SIZE].to_vec();
    let starts = [HEADER_SIZE + reserved.len(), HEADER_SIZE + reserved.len() + structure.len() + added.len()];
    result.extend_from_slice(reserved);
    result.extend_from_slice(&structure[..at]);
    result.extend_from_slice(&added);
    result.extend_from_slice(&structure[at..]);
    result.extend_from_slice(&strings);
    let sizes = [strings.len(), structure.len() + added.len()];
    let fields =
        [(4, result.len()), (8, starts[0]), (12, starts[1]), (16, HEADER_SIZE), (32, sizes[0]), (36, sizes[1])];
    for (at, value) in fields {
        result[at..at + 4].copy_from_slice(&(value as u32).to_be_bytes());
    }
    Some(result)
}

/// Where properties go: right behind the start of `/chosen`, or, if there is none, before the end of the root.
fn place(structure: &[u8]) -> Option<(usize, bool)> {
    let mut at = 0;
    let mut depth = 0;
    loop {
        let token = word(structure, at)?;
        match token {
            BEGIN_NODE => {
                let name = structure.get(at + 4..)?;
                let name = &name[..name.iter().position(|byte| *byte == 0)?];
                at += (4 + name.len() + 1).next_multiple_of(4);
                depth += 1;
                if depth == 2 && name == b"chosen" {
                    return Some((at, true));
                }
            }
            END_NODE if depth == 1 => return Some((at, false)),
            END_NODE => {
                depth -= 1;
                at += 4;
            }
            PROPERTY => at += 12 + (word(structure, at + 4)? as usize).next_multiple_of(4),
            NOP => at += 4,
            _ => return None,
        }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
