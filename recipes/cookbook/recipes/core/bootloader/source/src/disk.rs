//! Disks of the firmware, and the RedoxFS on one of them.

use alloc::format;
use alloc::vec::Vec;

use redox_syscall_of_redoxfs::error::{EIO, EROFS, Error, Result as DiskResult};
use redoxfs::{BLOCK_SIZE, Disk, Header};
use uefi::boot::{self, OpenProtocolAttributes, OpenProtocolParams, ScopedProtocol};
use uefi::fs;
use uefi::proto::media::block::BlockIO;
use uefi::{CString16, println};

use crate::Result;
use crate::pages::Pages;

pub const MIB: usize = 1 << 20;
/// Bytes that are read at once when a whole partition is.
const CHUNK: usize = 4 * MIB;

/// A partition, or a disk without any.
pub struct Partition {
    protocol: ScopedProtocol<BlockIO>,
    /// Firmware wants its buffers aligned, and RedoxFS does not align its.
    buffer: Pages,
}

/// The first RedoxFS that the firmware can read.
pub fn find_redoxfs() -> Option<Partition> {
    println!("Looking for RedoxFS:");
    boot::find_handles::<BlockIO>().ok()?.into_iter().find_map(|handle| {
        let parameters = OpenProtocolParams { handle, agent: boot::image_handle(), controller: None };
        // SAFETY: the handle was just listed; nobody removes disks meanwhile, and others may use the disk as well.
        let protocol =
            unsafe { boot::open_protocol::<BlockIO>(parameters, OpenProtocolAttributes::GetProtocol) }.ok()?;
        if !protocol.media().is_media_present() {
            return None;
        }
        let mut partition = Partition { protocol, buffer: Pages::anywhere(CHUNK).ok()? };
        let size = partition.size().ok()? as usize;
        let mut header = Header::default();
        // SAFETY: only reads, as the file system itself does.
        unsafe { partition.read_at(0, &mut header) }.ok()?;
        header.valid().then_some(())?;
        println!("RedoxFS {}: {} MiB", uuid(&header.uuid()), size / MIB);
        Some(partition)
    })
}

fn uuid(bytes: &[u8]) -> alloc::string::String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<alloc::string::String>();
    [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]].map(hex).join("-")
}

/// A file of the EFI system partition that this loader came from.
pub fn read_from_esp(path: &str) -> Result<Vec<u8>> {
    let failed =
        |error: &dyn core::fmt::Display| format!("no RedoxFS, and {path} is not in the EFI partition: {error}");
    let esp = boot::get_image_file_system(boot::image_handle()).map_err(|error| failed(&error))?;
    let name = CString16::try_from(path.replace('/', "\\").as_str()).map_err(|_| failed(&"bad name"))?;
    fs::FileSystem::new(esp).read(name.as_ref()).map_err(|error| failed(&error))
}

impl Partition {
    /// All of it, in memory.
    pub fn copy(&mut self) -> Result<Pages> {
        let size = self.size().map_err(|error| format!("disk: {error}"))? as usize;
        let mut memory = Pages::anywhere(size)?;
        for (index, chunk) in memory.bytes_mut().chunks_mut(CHUNK).enumerate() {
            self.read((index * CHUNK) as u64, chunk).map_err(|error| format!("disk: {error}"))?;
        }
        println!("live: {0}/{0} MiB", size / MIB);
        Ok(memory)
    }

    /// Reads at a multiple of the disk's block size, in bytes; the length may be any.
    fn read(&mut self, position: u64, target: &mut [u8]) -> DiskResult<()> {
        let (media, block) = (self.protocol.media().media_id(), u64::from(self.protocol.media().block_size()));
        for (index, target) in target.chunks_mut(CHUNK).enumerate() {
            let start = (position + (index * CHUNK) as u64) / block;
            let length = (target.len() as u64).next_multiple_of(block) as usize;
            let read = self.protocol.read_blocks(media, start, &mut self.buffer.bytes_mut()[..length]);
            read.map_err(|_| Error::new(EIO))?;
            target.copy_from_slice(&self.buffer.bytes()[..target.len()]);
        }
        Ok(())
    }
}

impl Disk for Partition {
    unsafe fn read_at(&mut self, block: u64, buffer: &mut [u8]) -> DiskResult<usize> {
        self.read(block * BLOCK_SIZE, buffer)?;
        Ok(buffer.len())
    }

    unsafe fn write_at(&mut self, _block: u64, _buffer: &[u8]) -> DiskResult<usize> {
        Err(Error::new(EROFS))
    }

    fn size(&mut self) -> DiskResult<u64> {
        let media = self.protocol.media();
        Ok((media.last_block() + 1) * u64::from(media.block_size()))
    }
}

/// A partition that was copied.
pub struct MemoryDisk(pub &'static [u8]);

impl Disk for MemoryDisk {
    unsafe fn read_at(&mut self, block: u64, buffer: &mut [u8]) -> DiskResult<usize> {
        let start = (block * BLOCK_SIZE) as usize;
        let bytes = self.0.get(start..).and_then(|rest| rest.get(..buffer.len())).ok_or(Error::new(EIO))?;
        buffer.copy_from_slice(bytes);
        Ok(buffer.len())
    }

    unsafe fn write_at(&mut self, _block: u64, _buffer: &[u8]) -> DiskResult<usize> {
        Err(Error::new(EROFS))
    }

    fn size(&mut self) -> DiskResult<u64> {
        Ok(self.0.len() as u64)
    }
}
