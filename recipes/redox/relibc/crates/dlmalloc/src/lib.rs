//! The allocator interface that relibc expects of its submodule `dlmalloc-rs`, over the crate of that name on crates.io.
#![no_std]

pub use upstream::Allocator;

/// One allocator with the calls of C: blocks are freed and grown without their size.
pub struct DlmallocCApi<A>(upstream::Dlmalloc<A>);

// A block is preceded by a word with its chunk's size, whose low three bits are flags. The version is pinned for that.
const FLAGS: usize = 0b111;
const IN_USE: usize = 0b011;
const WORD: usize = size_of::<usize>();

/// # Safety
/// `block` came from this allocator and was not freed.
unsafe fn head(block: *mut u8) -> usize {
    unsafe { block.cast::<usize>().sub(1).read() }
}

/// Whether a block is a mapping of its own, given its head: such chunks have no neighbours, so no flags of theirs.
fn is_mapping(head: usize) -> bool {
    head & IN_USE == 0
}

impl<A> DlmallocCApi<A> {
    pub const fn new(system: A) -> Self {
        Self(upstream::Dlmalloc::new_with_allocator(system))
    }
}

impl<A: Allocator> DlmallocCApi<A> {
    /// # Safety
    /// As for C's `malloc`.
    pub unsafe fn malloc(&mut self, size: usize) -> *mut u8 {
        unsafe { self.0.c_malloc(size) }
    }

    /// # Safety
    /// `alignment` is a power of two.
    pub unsafe fn memalign(&mut self, alignment: usize, size: usize) -> *mut u8 {
        unsafe { self.0.c_memalign(alignment, size) }
    }

    /// # Safety
    /// `block` is null or came from this allocator and was not freed.
    pub unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        unsafe { self.0.c_realloc(block, size) }
    }

    /// # Safety
    /// `block` is null or came from this allocator and was not freed.
    pub unsafe fn free(&mut self, block: *mut u8) {
        unsafe { self.0.c_free(block) }
    }

    /// How many bytes the owner of a block may use: at least as many as were asked for.
    ///
    /// # Safety
    /// `block` came from this allocator and was not freed.
    pub unsafe fn usable_size(&self, block: *mut u8) -> usize {
        let head = unsafe { head(block) };
        // A chunk in a segment lends its owner the first word of the next one, a mapping has none.
        let overhead = if is_mapping(head) { 2 * WORD } else { WORD };
        (head & !FLAGS) - overhead
    }

    /// Whether a fresh block may hold anything but zeros.
    ///
    /// # Safety
    /// `block` came from this allocator and was not freed.
    pub unsafe fn calloc_must_clear(&self, block: *mut u8) -> bool {
        !(self.0.allocator().allocates_zeros() && is_mapping(unsafe { head(block) }))
    }
}
