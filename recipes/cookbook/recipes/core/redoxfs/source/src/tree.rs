//! Reads files of a RedoxFS by their paths.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use redox_syscall_of_redoxfs::error::{EIO, EISDIR, ELOOP, ENOTDIR, Error, Result};
use redoxfs::{Disk, FileSystem, Node, Transaction, TreeData, TreePtr};

/// Links that one path may lead through; more are a loop.
const MAX_LINKS: usize = 8;

/// All bytes of a file.
///
/// # Errors
/// `ENOENT` and its like, as the crate gives them.
pub fn read_file<D: Disk>(file_system: &mut FileSystem<D>, path: &str) -> Result<Vec<u8>> {
    file_system.tx(|transaction| {
        let mut folders = vec![TreePtr::root()];
        let node = find(transaction, &mut folders, path, MAX_LINKS)?;
        if node.data().is_dir() {
            return Err(Error::new(EISDIR));
        }
        contents(transaction, &node)
    })
}

/// Follows a path; `folders` has those from the root to where it starts, and afterwards to where it led.
fn find<D: Disk>(
    transaction: &mut Transaction<D>,
    folders: &mut Vec<TreePtr<Node>>,
    path: &str,
    links: usize,
) -> Result<TreeData<Node>> {
    if path.starts_with('/') {
        folders.truncate(1);
    }
    let mut node = transaction.read_tree(folders[folders.len() - 1])?;
    for name in path.split('/').filter(|name| !name.is_empty() && *name != ".") {
        if !node.data().is_dir() {
            return Err(Error::new(ENOTDIR));
        }
        if name == ".." {
            folders.truncate(folders.len().saturating_sub(1).max(1));
            node = transaction.read_tree(folders[folders.len() - 1])?;
            continue;
        }
        node = transaction.find_node(node.ptr(), name)?;
        if node.data().is_dir() {
            folders.push(node.ptr());
        } else if node.data().is_symlink() {
            let links = links.checked_sub(1).ok_or(Error::new(ELOOP))?;
            let target = String::from_utf8(contents(transaction, &node)?).map_err(|_| Error::new(EIO))?;
            node = find(transaction, folders, &target, links)?;
        }
    }
    Ok(node)
}

fn contents<D: Disk>(transaction: &mut Transaction<D>, node: &TreeData<Node>) -> Result<Vec<u8>> {
    let mut data = vec![0; node.data().size() as usize];
    let count = transaction.read_node_inner(node, 0, &mut data)?;
    data.truncate(count);
    Ok(data)
}
