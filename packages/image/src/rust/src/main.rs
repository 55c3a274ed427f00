//! Writes and lists a RedoxFS in one partition of a disk image, with the crate `redoxfs` itself, without FUSE.
//!
//! Upstream's `redoxfs-ar` takes owners, times and order from the host's files and a random UUID; here all of them come
//! from the caller, so that the same input gives the same bytes.
//!
//!     redoxfs-image write DISK OFFSET SIZE UUID SECONDS < nodes
//!     redoxfs-image list DISK OFFSET SIZE > nodes
//!
//! OFFSET and SIZE are bytes, UUID is 32 hex digits, SECONDS the time of every node since 1970. A node is six fields,
//! each ended by a NUL byte: kind (`d`, `f`, `l`), permissions (octal), uid, gid, path, and a value: the file to copy (when
//! written) or its size and BLAKE2b-512 (when listed), the target of a link, nothing for a folder. Parents come first.
//! Both print `uuid size used` as their first line. Exit status 3: no space left.

use std::collections::HashMap;
use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::process::ExitCode;

use blake2::{Blake2b512, Digest};
use redoxfs::{
    Disk, FileSystem, Node, Transaction, TreeData, TreePtr, BLOCK_SIZE, HEADER_RING,
};
use syscall::error::{Error, EINVAL, EIO, ENOSPC};

/// Whole records, so that each is compressed once.
const CHUNK: usize = 8 * redoxfs::RECORD_SIZE as usize;
/// What a transaction keeps in memory at most before it is written out, in bytes.
const PENDING: usize = 64 << 20;

struct Failure {
    message: String,
    no_space: bool,
}

impl Failure {
    fn new(message: String) -> Self {
        Failure {
            message,
            no_space: false,
        }
    }

    fn of(what: &str, error: Error) -> Self {
        Failure {
            message: format!("{what}: {error}"),
            no_space: error.errno == ENOSPC,
        }
    }
}

/// A partition of a disk image.
struct Partition {
    file: File,
    offset: u64,
    size: u64,
}

impl Partition {
    fn open(path: &str, offset: u64, size: u64, writable: bool) -> Result<Self, Failure> {
        let file = OpenOptions::new()
            .read(true)
            .write(writable)
            .open(path)
            .map_err(|error| Failure::new(format!("{path}: {error}")))?;
        Ok(Partition { file, offset, size })
    }

    fn place(&self, block: u64, length: usize) -> Result<u64, Error> {
        let start = block.checked_mul(BLOCK_SIZE).ok_or(Error::new(EINVAL))?;
        match start.checked_add(length as u64) {
            Some(end) if end <= self.size => Ok(self.offset + start),
            _ => Err(Error::new(EINVAL)),
        }
    }
}

fn io_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::new(EIO),
        _ => Error::new(error.raw_os_error().unwrap_or(EIO)),
    }
}

impl Disk for Partition {
    unsafe fn read_at(&mut self, block: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let at = self.place(block, buffer.len())?;
        self.file.read_exact_at(buffer, at).map_err(io_error)?;
        Ok(buffer.len())
    }

    unsafe fn write_at(&mut self, block: u64, buffer: &[u8]) -> Result<usize, Error> {
        let at = self.place(block, buffer.len())?;
        self.file.write_all_at(buffer, at).map_err(io_error)?;
        Ok(buffer.len())
    }

    fn size(&mut self) -> Result<u64, Error> {
        Ok(self.size)
    }
}

/// One node of the caller's list.
struct Entry {
    kind: char,
    mode: u16,
    uid: u32,
    gid: u32,
    path: String,
    value: String,
}

fn parse_entries(text: &str) -> Result<Vec<Entry>, Failure> {
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    let wrong = |entry: &[&str]| Failure::new(format!("no node: {entry:?}"));
    fields
        .chunks(6)
        .map(|entry| {
            let [kind, mode, uid, gid, path, value] = entry else {
                return Err(wrong(entry));
            };
            Ok(Entry {
                kind: kind.chars().next().ok_or_else(|| wrong(entry))?,
                mode: u16::from_str_radix(mode, 8).map_err(|_| wrong(entry))?,
                uid: uid.parse().map_err(|_| wrong(entry))?,
                gid: gid.parse().map_err(|_| wrong(entry))?,
                path: path.to_string(),
                value: value.to_string(),
            })
        })
        .collect()
}

/// Copies content into a node and returns how many bytes it was.
fn fill<D: Disk>(
    tx: &mut Transaction<D>,
    node: TreePtr<Node>,
    content: &mut dyn Read,
    time: u64,
    entry: &Entry,
) -> Result<u64, Failure> {
    let mut chunk = vec![0; CHUNK];
    let mut offset = 0;
    let mut pending = 0;
    loop {
        let mut length = 0;
        while length < CHUNK {
            match content.read(&mut chunk[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) => return Err(Failure::new(format!("{}: {error}", entry.value))),
            }
        }
        if length == 0 {
            return Ok(offset);
        }
        tx.write_node(node, offset, &chunk[..length], time, 0)
            .map_err(|error| Failure::of(&entry.path, error))?;
        offset += length as u64;
        pending += length;
        if pending >= PENDING {
            tx.sync(false).map_err(|error| Failure::of(&entry.path, error))?;
            pending = 0;
        }
    }
}

fn add_all<D: Disk>(
    tx: &mut Transaction<D>,
    entries: &[Entry],
    time: u64,
) -> Result<(), Failure> {
    let mut folders = HashMap::from([("", TreePtr::<Node>::root())]);
    let mut pending = 0;
    for entry in entries {
        let (parent, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        let parent = *folders
            .get(parent)
            .ok_or_else(|| Failure::new(format!("{}: its folder is not there", entry.path)))?;
        let kind = match entry.kind {
            'd' => Node::MODE_DIR,
            'f' => Node::MODE_FILE,
            'l' => Node::MODE_SYMLINK,
            other => return Err(Failure::new(format!("{}: no kind {other}", entry.path))),
        };
        let failed = |error| Failure::of(&entry.path, error);
        let mut node: TreeData<Node> = tx
            .create_node(parent, name, kind | (entry.mode & Node::MODE_PERM), time, 0)
            .map_err(failed)?;
        let ptr = node.ptr();
        node.data_mut().set_uid(entry.uid);
        node.data_mut().set_gid(entry.gid);
        tx.sync_tree(node).map_err(failed)?;
        match entry.kind {
            'd' => {
                folders.insert(&entry.path, ptr);
            }
            'f' => {
                let mut file = File::open(&entry.value)
                    .map_err(|error| Failure::new(format!("{}: {error}", entry.value)))?;
                pending += fill(tx, ptr, &mut file, time, entry)? as usize;
            }
            _ => {
                fill(tx, ptr, &mut entry.value.as_bytes(), time, entry)?;
            }
        }
        if pending >= PENDING {
            tx.sync(false).map_err(failed)?;
            pending = 0;
        }
    }
    Ok(())
}

/// Leaves one header, with the caller's UUID, where a boot loader looks first: block 0, the place of every generation that
/// is a multiple of the ring's size. The crate's own headers all hold the random UUID that it made up.
fn keep_one_header(fs: &mut FileSystem<Partition>, uuid: [u8; 16]) -> Result<(), Error> {
    let mut header = fs.header;
    header.uuid = uuid;
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

fn summary(fs: &FileSystem<Partition>) -> String {
    let uuid: String = fs.header.uuid().iter().map(|byte| format!("{byte:02x}")).collect();
    let size = fs.header.size();
    format!("{uuid} {size} {}", size - fs.allocator().free() * BLOCK_SIZE)
}

fn write(partition: Partition, uuid: [u8; 16], time: u64) -> Result<(), Failure> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::new(format!("the list of nodes: {error}")))?;
    let entries = parse_entries(&text)?;
    let failed = |error| Failure::of("the file system", error);
    let mut fs = FileSystem::create(partition, None, time, 0).map_err(failed)?;
    let mut failure = None;
    fs.tx(|tx| {
        add_all(tx, &entries, time).map_err(|reason| {
            let errno = if reason.no_space { ENOSPC } else { EIO };
            failure = Some(reason);
            Error::new(errno)
        })
    })
    .map_err(|error| failure.unwrap_or_else(|| failed(error)))?;
    fs.cleanup().map_err(failed)?;
    keep_one_header(&mut fs, uuid).map_err(failed)?;
    println!("{}", summary(&fs));
    Ok(())
}

fn list_folder<D: Disk>(
    tx: &mut Transaction<D>,
    folder: TreePtr<Node>,
    prefix: &str,
    out: &mut dyn Write,
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
        // Not only reachable from the listing, but found by its name, as the boot loader looks for it.
        let node = tx.find_node(folder, name).map_err(failed)?;
        if node.id() != ptr.id() {
            return Err(Failure::new(format!("{path}: the name leads to another node")));
        }
        let data = node.data();
        let (kind, value) = if data.is_dir() {
            ('d', String::new())
        } else if data.is_symlink() {
            let mut target = vec![0; data.size() as usize];
            tx.read_node_inner(&node, 0, &mut target).map_err(failed)?;
            ('l', String::from_utf8_lossy(&target).into_owned())
        } else {
            ('f', format!("{} {}", data.size(), digest(tx, &node).map_err(failed)?))
        };
        let (mode, uid, gid) = (data.mode() & Node::MODE_PERM, data.uid(), data.gid());
        write!(out, "{kind}\0{mode:o}\0{uid}\0{gid}\0{path}\0{value}\0")
            .map_err(|error| Failure::new(format!("the list of nodes: {error}")))?;
        if kind == 'd' {
            list_folder(tx, ptr, &format!("{path}/"), out)?;
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
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn list(partition: Partition) -> Result<(), Failure> {
    let failed = |error| Failure::of("the file system", error);
    // As the boot loader opens it: at its first block and nowhere else.
    let mut fs = FileSystem::open(partition, None, Some(0), false).map_err(failed)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let written = writeln!(out, "{}", summary(&fs));
    written.map_err(|error| Failure::new(format!("the list of nodes: {error}")))?;
    let mut result = Ok(());
    fs.tx(|tx| {
        result = list_folder(tx, TreePtr::root(), "", &mut out);
        Ok(())
    })
    .map_err(failed)?;
    result?;
    out.flush().map_err(|error| Failure::new(format!("the list of nodes: {error}")))
}

fn number(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| Failure::new(format!("no number: {text}")))
}

fn uuid(text: &str) -> Result<[u8; 16], Failure> {
    u128::from_str_radix(text, 16)
        .ok()
        .filter(|_| text.len() == 32)
        .map(u128::to_be_bytes)
        .ok_or_else(|| Failure::new(format!("no UUID: {text}")))
}

fn run(args: &[&str]) -> Result<(), Failure> {
    match args {
        ["write", disk, offset, size, id, time] => {
            let partition = Partition::open(disk, number(offset)?, number(size)?, true)?;
            write(partition, uuid(id)?, number(time)?)
        }
        ["list", disk, offset, size] => {
            list(Partition::open(disk, number(offset)?, number(size)?, false)?)
        }
        _ => Err(Failure::new(
            "usage: redoxfs-image write DISK OFFSET SIZE UUID SECONDS | list DISK OFFSET SIZE".into(),
        )),
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { message, no_space }) => {
            eprintln!("{message}");
            ExitCode::from(if no_space { 3 } else { 1 })
        }
    }
}
