//! The EFI system partition: a FAT with the boot loader.

use std::fs::{self, File};
use std::io::{self, Write};

use fatfs::{Date, DateTime, FatType, FileSystem, FormatVolumeOptions, FsOptions, ReadWriteSeek, Time, TimeProvider};
use fscommon::{BufStream, StreamSlice};
use serde::Serialize;

use crate::dots::drop_long_names;
use crate::failure::Failure;
use crate::manifest::{Loader, Table};
use crate::table::SECTOR;

/// Where firmware looks for the boot loader.
const FOLDERS: [&str; 2] = ["EFI", "BOOT"];

#[derive(Serialize)]
pub struct Report {
    /// Of a cluster's number: 12, 16 or 32.
    bits: u8,
    /// Bytes of clusters in use.
    used: u64,
}

/// One time for everything.
#[derive(Debug)]
struct Moment(DateTime);

impl TimeProvider for Moment {
    fn get_current_date(&self) -> Date {
        self.0.date
    }

    fn get_current_date_time(&self) -> DateTime {
        self.0
    }
}

pub fn write(file: &File, table: &Table, time: u64) -> Result<Report, Failure> {
    let failed = || Failure::io("the EFI system partition");
    let start = table.efi.first_lba * SECTOR;
    let end = (table.efi.last_lba + 1) * SECTOR;
    let slice = file.try_clone().and_then(|disk| StreamSlice::new(disk, start, end));
    let mut disk = BufStream::new(slice.map_err(failed())?);
    let format = FormatVolumeOptions::new().volume_id(table.efi_serial);
    fatfs::format_volume(&mut disk, format).map_err(failed())?;
    let time: &'static Moment = Box::leak(Box::new(Moment(date_time(time))));
    let options = FsOptions::new().time_provider(time);
    let fat = FileSystem::new(&mut disk, options).map_err(failed())?;
    let loader = &table.efi_loader;
    check_room(&fat, loader)?;
    {
        let mut folder = fat.root_dir();
        for name in FOLDERS {
            folder = folder.create_dir(name).map_err(failed())?;
        }
        let mut content = File::open(&loader.source).map_err(Failure::io(loader.source.display()))?;
        let mut file = folder.create_file(&loader.name).map_err(failed())?;
        io::copy(&mut content, &mut file).map_err(failed())?;
        file.flush().map_err(failed())?;
    }
    let stats = fat.stats().map_err(failed())?;
    let used = u64::from(stats.total_clusters() - stats.free_clusters()) * u64::from(stats.cluster_size());
    let bits = match fat.fat_type() {
        FatType::Fat12 => 12,
        FatType::Fat16 => 16,
        FatType::Fat32 => 32,
    };
    fat.unmount().map_err(failed())?;
    drop_long_names(&mut disk, &FOLDERS).map_err(failed())?;
    Ok(Report { bits, used })
}

fn check_room<T: ReadWriteSeek>(fat: &FileSystem<T>, loader: &Loader) -> Result<(), Failure> {
    let stats = fat.stats().map_err(Failure::io("the EFI system partition"))?;
    let cluster = u64::from(stats.cluster_size());
    let size = fs::metadata(&loader.source).map_err(Failure::io(loader.source.display()))?.len();
    let need = size.next_multiple_of(cluster) + FOLDERS.len() as u64 * cluster;
    let room = u64::from(stats.free_clusters()) * cluster;
    if need > room {
        return Err(Failure::TooSmall { part: "efi", need, room });
    }
    Ok(())
}

/// UTC as FAT says it: from 1980 to 2107, in steps of two seconds.
fn date_time(seconds: u64) -> DateTime {
    const FIRST: u64 = 315_532_800;
    const LAST: u64 = 4_354_819_198;
    let seconds = seconds.clamp(FIRST, LAST) & !1;
    let of_day = seconds % 86_400;
    let (year, month, day) = civil(seconds / 86_400);
    DateTime {
        date: Date { year, month, day },
        time: Time {
            hour: (of_day / 3600) as u16,
            min: (of_day / 60 % 60) as u16,
            sec: (of_day % 60) as u16,
            millis: 0,
        },
    }
}

/// Year, month and day of a day since 1970.
fn civil(day: u64) -> (u16, u16, u16) {
    let leap = |year: u64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut rest) = (1970, day);
    while rest >= 365 + u64::from(leap(year)) {
        rest -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while rest >= lengths[month] {
        rest -= lengths[month];
        month += 1;
    }
    (year as u16, month as u16 + 1, rest as u16 + 1)
}
