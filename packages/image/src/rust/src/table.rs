//! The partition tables, and the boot loader for BIOS around them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};

use gpt::disk::LogicalBlockSize;
use gpt::mbr::ProtectiveMBR;
use gpt::partition::Partition;
use gpt::partition_types::{Type, BIOS, EFI, LINUX_FS};
use gpt::GptConfig;

use crate::failure::Failure;
use crate::manifest::{Slot, Table};

pub const SECTOR: u64 = 512;

/// Writes protective MBR and GPT. The boot loader for BIOS begins at the disk's first byte: its code stays in sector 0, and
/// what it has where the tables are must be padding.
pub fn write(file: &File, size: u64, table: &Table) -> Result<(), Failure> {
    let failed = || Failure::io("the partition table");
    let mut disk = file.try_clone().map_err(failed())?;
    if let Some(path) = &table.bios_loader {
        let loader = fs::read(path).map_err(Failure::io(path.display()))?;
        let room = (table.bios.last_lba + 1) * SECTOR;
        if loader.len() as u64 > room {
            return Err(Failure::TooSmall { part: "bios", need: loader.len() as u64, room });
        }
        disk.seek(SeekFrom::Start(0)).map_err(failed())?;
        disk.write_all(&loader).map_err(failed())?;
    }
    let sectors = u32::try_from(size / SECTOR - 1).unwrap_or(u32::MAX);
    ProtectiveMBR::with_lb_size(sectors).update_conservative(&mut disk).map_err(failed())?;
    let mut gpt = GptConfig::new()
        .initialized(false)
        .writable(true)
        .logical_block_size(LogicalBlockSize::Lb512)
        .create_from_device(Box::new(disk), Some(table.guid))
        .map_err(failed())?;
    let partitions = BTreeMap::from([
        (1, partition("BIOS", BIOS, &table.bios)),
        (2, partition("EFI", EFI, &table.efi)),
        (3, partition("REDOX", LINUX_FS, &table.redox)),
    ]);
    gpt.update_partitions(partitions).map_err(failed())?;
    gpt.write_inplace().map_err(failed())
}

fn partition(name: &str, part_type_guid: Type, slot: &Slot) -> Partition {
    Partition {
        part_type_guid,
        part_guid: slot.guid,
        first_lba: slot.first_lba,
        last_lba: slot.last_lba,
        flags: 0,
        name: name.to_string(),
    }
}
