//! What lies where in an image. All numbers are little endian, nothing is aligned.

/// First bytes of an image.
pub const MAGIC: [u8; 8] = *b"RedoxFtw";
/// Every file starts at a multiple of this.
pub const PAGE_SIZE: u16 = 4096;

/// The first page of an image.
#[derive(Default)]
pub struct Header {
    pub inode_table_offset: u32,
    pub initfs_size: u64,
    pub root_inode: u16,
    pub inode_count: u16,
    /// Where the kernel jumps to.
    pub bootstrap_entry: u64,
}

impl Header {
    /// Bytes of a header.
    pub const SIZE: usize = 0x22;

    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..0x8].copy_from_slice(&MAGIC);
        bytes[0x8..0xc].copy_from_slice(&self.inode_table_offset.to_le_bytes());
        bytes[0xc..0x14].copy_from_slice(&self.initfs_size.to_le_bytes());
        bytes[0x14..0x16].copy_from_slice(&PAGE_SIZE.to_le_bytes());
        bytes[0x16..0x18].copy_from_slice(&self.root_inode.to_le_bytes());
        bytes[0x18..0x1a].copy_from_slice(&self.inode_count.to_le_bytes());
        bytes[0x1a..].copy_from_slice(&self.bootstrap_entry.to_le_bytes());
        bytes
    }
}

/// What an inode is.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum InodeType {
    RegularFile = 0,
    ExecutableFile = 1,
    Dir = 2,
    Link = 3,
}

/// An entry of the inode table: a range of bytes in the image.
pub struct Inode {
    pub kind: InodeType,
    pub length: u32,
    pub offset: u32,
}

impl Inode {
    pub fn to_bytes(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&(self.kind as u32).to_le_bytes());
        bytes[4..8].copy_from_slice(&self.length.to_le_bytes());
        bytes[8..].copy_from_slice(&self.offset.to_le_bytes());
        bytes
    }
}

/// An entry of a directory; the name is a range of bytes in the image, too.
pub struct DirEntry {
    pub inode: u16,
    pub name_len: u16,
    pub name_offset: u32,
}

impl DirEntry {
    pub fn to_bytes(&self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..2].copy_from_slice(&self.inode.to_le_bytes());
        bytes[2..4].copy_from_slice(&self.name_len.to_le_bytes());
        bytes[4..].copy_from_slice(&self.name_offset.to_le_bytes());
        bytes
    }
}
