//! Physical memory: 4 KiB frames, and the heap of the kernel.

use alloc::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ops::Range;
use core::ptr::NonNull;

use linked_list_allocator::Heap;
use syscall::{ENOMEM, Error, Result};

use crate::arch::start::KERNEL_OFFSET;
use crate::sync::Global;

pub use syscall::PAGE_SIZE;

/// Bytes that the kernel takes for its own heap.
const HEAP_SIZE: usize = 4 << 20;

/// Ranges of memory that are in use from the start: kernel, initfs, device tree, and a disk.
pub const RESERVED: usize = 4;

/// Address of physical memory as the kernel sees it.
pub fn virtual_address(physical: usize) -> usize {
    physical + KERNEL_OFFSET
}

/// Rounds up to whole pages.
pub fn page_align_up(value: usize) -> usize {
    value.next_multiple_of(PAGE_SIZE)
}

/// Free ranges that were never used, and a list of frames that were given back.
struct Frames {
    ram: Range<usize>,
    fresh: [Range<usize>; RESERVED + 1],
    /// Physical address of the first frame of the list, each of which holds the address of the next; 0 ends it.
    returned: usize,
    free: usize,
}

static FRAMES: Global<Frames> =
    Global::new(Frames { ram: 0..0, fresh: [const { 0..0 }; RESERVED + 1], returned: 0, free: 0 });

/// Takes over `ram` without the `reserved` ranges (any order), and starts the kernel's heap in it.
pub fn init(ram: Range<usize>, mut reserved: [Range<usize>; RESERVED]) {
    reserved.sort_by_key(|range| range.start);
    let heap = FRAMES.with(|frames| {
        frames.ram = ram.clone();
        let mut start = ram.start;
        for (index, range) in reserved.iter().enumerate() {
            let end = (range.start & !(PAGE_SIZE - 1)).clamp(start, ram.end);
            frames.fresh[index] = start..end;
            start = page_align_up(range.end).clamp(start, ram.end);
        }
        frames.fresh[RESERVED] = start..ram.end;
        let heap = frames.fresh.iter_mut().find(|range| range.len() >= HEAP_SIZE);
        let range = heap.expect("not enough memory for the kernel's heap");
        let base = range.start;
        range.start += HEAP_SIZE;
        frames.free = frames.fresh.iter().map(|range| range.len() / PAGE_SIZE).sum();
        base
    });
    // SAFETY: the range was just taken out of the free memory, and this runs once.
    unsafe { (*HEAP.0.get()).init(virtual_address(heap) as *mut u8, HEAP_SIZE) };
}

/// Whether a physical range touches memory, as opposed to devices.
pub fn touches_ram(range: &Range<usize>) -> bool {
    FRAMES.with(|frames| range.start < frames.ram.end && frames.ram.start < range.end)
}

/// Number of free frames.
pub fn free_frames() -> usize {
    FRAMES.with(|frames| frames.free)
}

/// A zeroed frame's physical address.
pub fn allocate_frame() -> Result<usize> {
    let frame = FRAMES.with(|frames| {
        let frame = if frames.returned != 0 {
            let frame = frames.returned;
            // SAFETY: frames on the list are free, and their first word is the link.
            frames.returned = unsafe { *(virtual_address(frame) as *const usize) };
            frame
        } else {
            let range = frames.fresh.iter_mut().find(|range| range.start < range.end).ok_or(Error::new(ENOMEM))?;
            range.start += PAGE_SIZE;
            range.start - PAGE_SIZE
        };
        frames.free -= 1;
        Ok(frame)
    })?;
    // SAFETY: nobody else has the frame.
    unsafe { (virtual_address(frame) as *mut u8).write_bytes(0, PAGE_SIZE) };
    Ok(frame)
}

/// Gives back a frame of `allocate_frame` that nothing maps any more.
pub fn free_frame(frame: usize) {
    FRAMES.with(|frames| {
        // SAFETY: the caller gave up the frame.
        unsafe { *(virtual_address(frame) as *mut usize) = frames.returned };
        frames.returned = frame;
        frames.free += 1;
    });
}

struct KernelHeap(UnsafeCell<Heap>);

// SAFETY: one CPU, and the kernel is never interrupted.
unsafe impl Sync for KernelHeap {}

#[global_allocator]
static HEAP: KernelHeap = KernelHeap(UnsafeCell::new(Heap::empty()));

// SAFETY: `Heap` keeps the contract; access is exclusive as said above.
unsafe impl GlobalAlloc for KernelHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let heap = unsafe { &mut *self.0.get() };
        heap.allocate_first_fit(layout).map_or(core::ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = NonNull::new(block) {
            // SAFETY: the caller passes a block of `alloc`.
            unsafe { (*self.0.get()).deallocate(block, layout) };
        }
    }
}
