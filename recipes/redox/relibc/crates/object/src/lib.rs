//! crates.io's `object`, with hash tables that look up symbols in slices. A loader knows where a program's symbols are,
//! but not how many there are, until it has read the hash table itself.
#![no_std]

pub use upstream::*;

/// See `object::read`.
pub mod read {
    pub use upstream::read::*;

    /// See `object::read::elf`.
    pub mod elf {
        pub use crate::hash::{GnuHashTable, HashTable};
        pub use upstream::read::elf::*;
    }
}

mod hash;
