//! Interrupt controller GICv2: enough for per-CPU interrupts on one CPU.

use crate::sync::Once;

const GICD_CTLR: usize = 0x000;
const GICD_ISENABLER: usize = 0x100;
const GICD_IPRIORITYR: usize = 0x400;
const GICC_CTLR: usize = 0x00;
const GICC_PMR: usize = 0x04;
const GICC_IAR: usize = 0x0c;
const GICC_EOIR: usize = 0x10;
/// First of the numbers that mean "nothing pending".
const SPURIOUS: u32 = 1020;

struct Gic {
    distributor: usize,
    cpu: usize,
}

static GIC: Once<Gic> = Once::new();

/// Enables distributor and CPU interface, which sit at these virtual addresses.
pub fn init(distributor: usize, cpu: usize) {
    write(distributor + GICD_CTLR, 1);
    write(cpu + GICC_PMR, 0xff);
    write(cpu + GICC_CTLR, 1);
    GIC.set(Gic { distributor, cpu });
}

/// Lets the CPU see one of its own interrupts (numbers below 32).
pub fn enable(interrupt: u32) {
    let distributor = GIC.get().distributor;
    let priority = distributor + GICD_IPRIORITYR + interrupt as usize;
    // SAFETY: byte-accessible register of the distributor.
    unsafe { (priority as *mut u8).write_volatile(0x80) };
    write(distributor + GICD_ISENABLER, 1 << interrupt);
}

/// Calls `handler` with each pending interrupt.
pub fn serve(handler: impl Fn(u32)) {
    let cpu = GIC.get().cpu;
    loop {
        let acknowledged = read(cpu + GICC_IAR);
        let interrupt = acknowledged & 0x3ff;
        if interrupt >= SPURIOUS {
            return;
        }
        handler(interrupt);
        write(cpu + GICC_EOIR, acknowledged);
    }
}

fn read(address: usize) -> u32 {
    // SAFETY: callers pass addresses of device registers, which are always mapped.
    unsafe { (address as *const u32).read_volatile() }
}

fn write(address: usize, value: u32) {
    // SAFETY: as above.
    unsafe { (address as *mut u32).write_volatile(value) }
}
