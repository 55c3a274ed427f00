//! `fatfs` 0.3.6 gives `.` and `..` long names, too. No reader needs them, FAT forbids them, and fsck.fat takes the folder for
//! damaged: here they go.

use std::io::{self, Read, Seek, SeekFrom, Write};

const ENTRY: usize = 32;
const SECTOR: usize = 512;
const DIRECTORY: u8 = 0x10;

/// Moves the entries of folders over the long names of `.` and `..`. Each folder lies in the one before it, the first in
/// the root, and has all its entries in one sector.
pub fn drop_long_names<T: Read + Write + Seek>(disk: &mut T, folders: &[&str]) -> io::Result<()> {
    let boot = sector(disk, 0)?;
    let u16_at = |at: usize| u64::from(u16::from_le_bytes([boot[at], boot[at + 1]]));
    let u32_at = |at: usize| u16_at(at) | u16_at(at + 2) << 16;
    let (cluster_size, root_entries) = (u64::from(boot[13]) * SECTOR as u64, u16_at(17));
    let fat_sectors = if u16_at(22) == 0 { u32_at(36) } else { u16_at(22) };
    let root = (u16_at(14) + u64::from(boot[16]) * fat_sectors) * SECTOR as u64;
    let data = root + root_entries * ENTRY as u64;
    let place = |cluster: u64| data + (cluster - 2) * cluster_size;
    let mut folder = if root_entries == 0 { place(u32_at(44)) } else { root };
    for (depth, name) in folders.iter().enumerate() {
        let entries = sector(disk, folder)?;
        let short = format!("{name:<11}");
        let found = entries.chunks(ENTRY).find(|entry| entry[11] == DIRECTORY && entry.starts_with(short.as_bytes()));
        let entry = found.ok_or_else(|| io::Error::other(format!("{name} is not in its folder")))?;
        let half = |at: usize| u64::from(u16::from_le_bytes([entry[at], entry[at + 1]]));
        folder = place(half(26) | half(20) << 16);
        let old = sector(disk, folder)?;
        let mut new = [0; SECTOR];
        let rest = [1, 3].into_iter().chain(4..SECTOR / ENTRY);
        for (slot, from) in rest.enumerate() {
            new[slot * ENTRY..(slot + 1) * ENTRY].copy_from_slice(&old[from * ENTRY..(from + 1) * ENTRY]);
        }
        if depth == 0 {
            // The root is cluster 0 here, whatever its place; fatfs says the place that it has in FAT32.
            new[ENTRY + 20..ENTRY + 22].fill(0);
            new[ENTRY + 26..ENTRY + 28].fill(0);
        }
        disk.seek(SeekFrom::Start(folder))?;
        disk.write_all(&new)?;
    }
    disk.flush()
}

fn sector<T: Read + Seek>(disk: &mut T, at: u64) -> io::Result<[u8; SECTOR]> {
    let mut bytes = [0; SECTOR];
    disk.seek(SeekFrom::Start(at))?;
    disk.read_exact(&mut bytes)?;
    Ok(bytes)
}
