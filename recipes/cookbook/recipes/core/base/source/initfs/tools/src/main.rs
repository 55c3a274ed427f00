//! `redox-initfs-ar DIR BOOTSTRAP -o IMAGE`: writes a folder and the first program as an initfs image.

use std::error::Error;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use redox_initfs::types::{DirEntry, Header, Inode, InodeType, PAGE_SIZE};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: redox-initfs-ar DIR BOOTSTRAP -o IMAGE";
/// Where an ELF file says its entry.
const ELF_ENTRY: std::ops::Range<usize> = 24..32;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("redox-initfs-ar: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut paths = Vec::new();
    let mut output = None;
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("-o" | "--output") => output = arguments.next().map(PathBuf::from),
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    let ([folder, bootstrap], Some(output)) = (&paths[..], output) else { return Err(USAGE.into()) };

    let mut image = Image { bytes: vec![0; usize::from(PAGE_SIZE)], inodes: Vec::new() };
    let program = read(bootstrap)?;
    let entry = program.get(ELF_ENTRY).filter(|_| program.starts_with(b"\x7fELF"));
    let entry = entry.ok_or_else(|| format!("{}: not an ELF file", bootstrap.display()))?;
    let entry = u64::from_le_bytes(entry.try_into()?);
    image.add(&program)?;
    let root_inode = image.add_folder(folder)?;
    let table: Vec<u8> = image.inodes.iter().flat_map(Inode::to_bytes).collect();
    let header = Header {
        inode_table_offset: image.add(&table)?,
        initfs_size: image.bytes.len() as u64,
        root_inode,
        inode_count: image.inodes.len().try_into()?,
        bootstrap_entry: entry,
    };
    image.bytes[..Header::SIZE].copy_from_slice(&header.to_bytes());
    fs::write(&output, &image.bytes).map_err(|error| format!("{}: {error}", output.display()).into())
}

struct Image {
    bytes: Vec<u8>,
    inodes: Vec<Inode>,
}

impl Image {
    /// Puts bytes at the next page; where that is.
    fn add(&mut self, bytes: &[u8]) -> Result<u32> {
        let offset = self.bytes.len().next_multiple_of(PAGE_SIZE.into());
        self.bytes.resize(offset, 0);
        self.bytes.extend_from_slice(bytes);
        Ok(offset.try_into()?)
    }

    fn add_inode(&mut self, kind: InodeType, bytes: &[u8]) -> Result<u16> {
        let inode = Inode { kind, length: bytes.len().try_into()?, offset: self.add(bytes)? };
        self.inodes.push(inode);
        Ok((self.inodes.len() - 1).try_into()?)
    }

    /// Adds a folder with all that is in it, sorted by name; the number of its inode.
    fn add_folder(&mut self, folder: &Path) -> Result<u16> {
        let failed = |error| format!("{}: {error}", folder.display());
        let mut entries = fs::read_dir(folder).map_err(failed)?.collect::<std::result::Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut table = Vec::new();
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type()?;
            let inode = if kind.is_dir() {
                self.add_folder(&path)?
            } else if kind.is_symlink() {
                self.add_inode(InodeType::Link, fs::read_link(&path)?.as_os_str().as_bytes())?
            } else {
                let executable = entry.metadata()?.permissions().mode() & 0o100 != 0;
                let kind = if executable { InodeType::ExecutableFile } else { InodeType::RegularFile };
                self.add_inode(kind, &read(&path)?)?
            };
            let name = entry.file_name();
            let name_offset = self.add(name.as_bytes())?;
            table.extend(DirEntry { inode, name_len: name.len().try_into()?, name_offset }.to_bytes());
        }
        self.add_inode(InodeType::Dir, &table)
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}
