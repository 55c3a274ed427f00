//! Blocks of all sizes keep what is in them, up to their usable size.

use dlmalloc::{Allocator, DlmallocCApi};
use std::alloc::{Layout, alloc_zeroed, dealloc};

struct Heap;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 4096).unwrap()
}

unsafe impl Allocator for Heap {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        (unsafe { alloc_zeroed(layout(size)) }, size, 0)
    }
    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        std::ptr::null_mut()
    }
    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }
    fn free(&self, block: *mut u8, size: usize) -> bool {
        unsafe { dealloc(block, layout(size)) };
        true
    }
    fn can_release_part(&self, _: u32) -> bool {
        false
    }
    fn allocates_zeros(&self) -> bool {
        true
    }
    fn page_size(&self) -> usize {
        4096
    }
}

#[test]
fn blocks_keep_what_is_in_them() {
    let mut heap = DlmallocCApi::new(Heap);
    let mut blocks = Vec::new();
    // 300 000 bytes and more are mappings of their own.
    for (fill, size) in
        [0, 1, 8, 24, 25, 100, 4096, 70_000, 300_000, 1_000_001].into_iter().cycle().take(200).enumerate()
    {
        let fill = fill as u8;
        unsafe {
            let block = if fill % 3 == 0 { heap.memalign(256, size) } else { heap.malloc(size) };
            assert!(!block.is_null());
            let usable = heap.usable_size(block);
            assert!(usable >= size && usable < size + 4096 + 256, "{usable} for {size}");
            if !heap.calloc_must_clear(block) {
                assert!(std::slice::from_raw_parts(block, usable).iter().all(|byte| *byte == 0));
            }
            block.write_bytes(fill, usable);
            blocks.push((block, usable, fill));
        }
    }
    for (block, usable, fill) in &mut blocks {
        unsafe {
            assert!(std::slice::from_raw_parts(*block, *usable).iter().all(|byte| byte == fill));
            let grown = heap.realloc(*block, *usable + 5000);
            assert!(std::slice::from_raw_parts(grown, *usable).iter().all(|byte| byte == fill));
            *block = grown;
        }
    }
    for (block, ..) in blocks {
        unsafe { heap.free(block) };
    }
}
