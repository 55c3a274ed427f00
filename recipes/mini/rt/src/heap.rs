//! The heap: memory from the kernel in growing pieces, handed out by `linked_list_allocator`.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;

use linked_list_allocator::Heap;
use syscall::{Map, MapFlags};

/// Where a heap can start: far from where programs are linked, and from the kernel's choices for mappings. A program
/// that is linked with a C library has two heaps.
const BASES: [usize; 2] = [0x8_0000_0000, 0xc_0000_0000];

/// Bytes that the heap takes from the kernel at least.
const CHUNK: usize = 256 * 1024;

struct ProgramHeap(UnsafeCell<Heap>);

// SAFETY: programs have one thread and no signals.
unsafe impl Sync for ProgramHeap {}

#[global_allocator]
static HEAP: ProgramHeap = ProgramHeap(UnsafeCell::new(Heap::empty()));

/// Makes room for `layout` at the heap's end.
fn grow(heap: &mut Heap, layout: Layout) -> syscall::Result<()> {
    let size = (layout.size() + layout.align() + 2 * size_of::<usize>()).next_multiple_of(CHUNK);
    let flags = MapFlags::PROT_READ | MapFlags::PROT_WRITE | MapFlags::MAP_PRIVATE;
    // SAFETY: new memory, which nothing refers to.
    let map = |address| unsafe { syscall::fmap(usize::MAX, &Map { offset: 0, size, flags, address }) };
    if heap.size() == 0 {
        let base = map(BASES[0]).or_else(|_| map(BASES[1]))?;
        // SAFETY: nobody else knows the memory.
        unsafe { heap.init(base as *mut u8, size) };
    } else {
        map(heap.top().addr())?;
        // SAFETY: the memory is right behind the heap so far.
        unsafe { heap.extend(size) };
    }
    Ok(())
}

// SAFETY: `Heap` keeps the contract; access is exclusive as said above.
unsafe impl GlobalAlloc for ProgramHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let heap = unsafe { &mut *self.0.get() };
        loop {
            if let Ok(block) = heap.allocate_first_fit(layout) {
                return block.as_ptr();
            }
            if grow(heap, layout).is_err() {
                return core::ptr::null_mut();
            }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = core::ptr::NonNull::new(block) {
            // SAFETY: the caller passes a block of `alloc`.
            unsafe { (*self.0.get()).deallocate(block, layout) };
        }
    }
}
