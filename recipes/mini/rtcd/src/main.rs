//! Driver of the PL031 real-time clock: finds it in the device tree, reads it once, tells the kernel, and ends.
#![no_std]
#![no_main]

extern crate alloc;

use fdt::Fdt;
use rt::fd::Fd;
use rt::syscall::{self, Map, MapFlags, O_RDWR, PAGE_SIZE, Result};
use rt::{println, time};

/// Register with the seconds since 1970.
const RTCDR: usize = 0;
const NANOSECONDS: u64 = 1_000_000_000;

rt::entry!(main);

fn main() -> Result<()> {
    let tree = Fd::read_only("/scheme/kernel.dtb")?.read_to_end()?;
    let tree = Fdt::new(&tree).expect("the device tree is broken");
    let clock = tree.find_compatible(&["arm,pl031"]).expect("no PL031 in the device tree");
    let region = clock.reg().and_then(|mut regions| regions.next()).expect("the PL031 has no registers");
    let seconds = read_clock(region.starting_address.addr())?;

    let up = time::monotonic()?;
    let up = up.tv_sec as u64 * NANOSECONDS + up.tv_nsec as u64;
    let offset = (u64::from(seconds) * NANOSECONDS).saturating_sub(up);
    Fd::write_only("/scheme/sys/update_time_offset")?.write_all(&offset.to_le_bytes())?;
    println!("rtcd: ready, {seconds} seconds since 1970");
    Ok(())
}

fn read_clock(physical: usize) -> Result<u32> {
    let devices = Fd::open("/scheme/memory/physical@dev", O_RDWR)?;
    let map = Map { offset: physical, size: PAGE_SIZE, flags: MapFlags::PROT_READ | MapFlags::MAP_SHARED, address: 0 };
    // SAFETY: a new mapping; the registers only tell the time.
    unsafe {
        let registers = syscall::fmap(devices.raw(), &map)?;
        Ok(((registers + RTCDR) as *const u32).read_volatile())
    }
}
