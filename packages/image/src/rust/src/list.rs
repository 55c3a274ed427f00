//! Reads a RedoxFS as a boot loader does: at its first block and nowhere else, every node by its name.

use std::io::{self, BufWriter, Write};

use blake2::{Blake2b512, Digest};
use redoxfs::{Disk, FileSystem, Node, Transaction, TreeData, TreePtr};
use serde::Serialize;
use syscall::error::{Error, EINVAL, EIO};

use crate::extent::Extent;
use crate::failure::Failure;
use crate::system::{hex, Summary, CHUNK};

#[derive(Serialize)]
struct Listing {
    #[serde(flatten)]
    summary: Summary,
    nodes: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    path: String,
    kind: &'static str,
    mode: u16,
    uid: u32,
    gid: u32,
    mtime: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

/// Prints what a RedoxFS holds, as JSON. The crate checks each block against its checksum on the way.
pub fn list(disk: Extent) -> Result<(), Failure> {
    let failed = |error| Failure::of("RedoxFS", error);
    let mut fs = FileSystem::open(disk, None, Some(0), false).map_err(failed)?;
    let mut nodes = Vec::new();
    let mut result = Ok(());
    fs.tx(|tx| {
        result = list_folder(tx, TreePtr::root(), "", &mut nodes);
        Ok(())
    })
    .map_err(failed)?;
    result?;
    let listing = Listing { summary: Summary::of(&fs), nodes };
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, &listing).map_err(|error| Failure::Message(error.to_string()))?;
    out.flush().map_err(Failure::io("the list"))
}

fn list_folder<D: Disk>(
    tx: &mut Transaction<D>,
    folder: TreePtr<Node>,
    prefix: &str,
    found: &mut Vec<Found>,
) -> Result<(), Failure> {
    let failed = |error| Failure::of(if prefix.is_empty() { "/" } else { prefix }, error);
    let mut children = Vec::new();
    tx.child_nodes(folder, &mut children).map_err(failed)?;
    let mut named = children
        .iter()
        .map(|entry| {
            let name = entry.name().ok_or_else(|| failed(Error::new(EINVAL)))?;
            Ok((name, entry.node_ptr()))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    named.sort_by_key(|(name, _)| *name);
    for (name, ptr) in named {
        let path = format!("{prefix}{name}");
        let failed = |error| Failure::of(&path, error);
        let node = tx.find_node(folder, name).map_err(failed)?;
        if node.id() != ptr.id() {
            return Err(Failure::Message(format!("{path}: the name leads to another node")));
        }
        let data = node.data();
        let mut entry = Found {
            path: path.clone(),
            kind: "directory",
            mode: data.mode() & Node::MODE_PERM,
            uid: data.uid(),
            gid: data.gid(),
            mtime: data.mtime().0,
            size: None,
            digest: None,
            target: None,
        };
        let is_folder = data.is_dir();
        if data.is_symlink() {
            let mut target = vec![0; data.size() as usize];
            tx.read_node_inner(&node, 0, &mut target).map_err(failed)?;
            entry.kind = "symlink";
            entry.target = Some(String::from_utf8_lossy(&target).into_owned());
        } else if !is_folder {
            entry.kind = "file";
            entry.size = Some(data.size());
            entry.digest = Some(digest(tx, &node).map_err(failed)?);
        }
        found.push(entry);
        if is_folder {
            list_folder(tx, ptr, &format!("{path}/"), found)?;
        }
    }
    Ok(())
}

fn digest<D: Disk>(tx: &mut Transaction<D>, node: &TreeData<Node>) -> Result<String, Error> {
    let mut hash = Blake2b512::new();
    let mut chunk = vec![0; CHUNK];
    let mut offset = 0;
    while offset < node.data().size() {
        let count = tx.read_node_inner(node, offset, &mut chunk)?;
        if count == 0 {
            return Err(Error::new(EIO));
        }
        hash.update(&chunk[..count]);
        offset += count as u64;
    }
    Ok(hex(&hash.finalize()))
}
