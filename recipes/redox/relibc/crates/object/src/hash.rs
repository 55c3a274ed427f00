//! The two hash tables of dynamic symbols: <https://gabi.xinuos.com/elf/08-dynamic.html#hash-table> and, for GNU's,
//! what `ld --hash-style=gnu` writes.

use upstream::elf::{GnuHashHeader, HashHeader};
use upstream::pod::from_bytes;
use upstream::read::elf::{self, FileHeader, Sym, Version, VersionTable};
use upstream::read::{ReadRef, Result, StringTable, SymbolIndex};
use upstream::{U32, U64};

/// What a symbol is looked up by.
struct Wanted<'a, 'data, Elf: FileHeader> {
    endian: Elf::Endian,
    name: &'a [u8],
    version: Option<&'a Version<'a>>,
    symbols: &'data [Elf::Sym],
    strings: StringTable<'data>,
    versions: &'a VersionTable<'data, Elf>,
}

impl<'data, Elf: FileHeader> Wanted<'_, 'data, Elf> {
    fn at(&self, index: usize) -> Option<(SymbolIndex, &'data Elf::Sym)> {
        let symbol = self.symbols.get(index)?;
        let found = symbol.name(self.endian, self.strings) == Ok(self.name)
            && self.versions.matches(self.endian, SymbolIndex(index), self.version);
        found.then_some((SymbolIndex(index), symbol))
    }
}

/// Takes words off the front of a table. Its length was checked before, by the reader of crates.io's `object`.
fn words<'data, E: upstream::Endian>(data: &'data [u8], offset: &mut u64, count: usize) -> &'data [U32<E>] {
    data.read_slice(offset, count).unwrap_or_default()
}

/// The table of `DT_HASH`.
pub struct HashTable<'data, Elf: FileHeader> {
    table: elf::HashTable<'data, Elf>,
    buckets: &'data [U32<Elf::Endian>],
    chains: &'data [U32<Elf::Endian>],
}

impl<'data, Elf: FileHeader> HashTable<'data, Elf> {
    /// Reads the table at the start of `data`, which may go on behind it.
    pub fn parse(endian: Elf::Endian, data: &'data [u8]) -> Result<Self> {
        let table = elf::HashTable::parse(endian, data)?;
        let mut offset = size_of::<HashHeader<Elf::Endian>>() as u64;
        let buckets = words(data, &mut 0, 1)[0].get(endian) as usize;
        let buckets = words(data, &mut offset, buckets);
        let chains = words(data, &mut offset, table.symbol_table_length() as usize);
        Ok(Self { table, buckets, chains })
    }

    /// How many symbols there are.
    pub fn symbol_table_length(&self) -> u32 {
        self.table.symbol_table_length()
    }

    /// Finds a symbol; `hash` is `elf::hash(name)`.
    #[allow(clippy::too_many_arguments)]
    pub fn find(
        &self,
        endian: Elf::Endian,
        name: &[u8],
        hash: u32,
        version: Option<&Version<'_>>,
        symbols: &'data [Elf::Sym],
        strings: StringTable<'data>,
        versions: &VersionTable<'data, Elf>,
    ) -> Option<(SymbolIndex, &'data Elf::Sym)> {
        let wanted = Wanted::<Elf> { endian, name, version, symbols, strings, versions };
        let bucket = (hash as usize).checked_rem(self.buckets.len())?;
        let mut index = self.buckets[bucket].get(endian) as usize;
        // A chain cannot be longer than there are symbols: more is a circle.
        for _ in 0..self.chains.len() {
            if index == 0 {
                break;
            }
            if let Some(found) = wanted.at(index) {
                return Some(found);
            }
            index = self.chains.get(index)?.get(endian) as usize;
        }
        None
    }
}

/// The table of `DT_GNU_HASH`.
pub struct GnuHashTable<'data, Elf: FileHeader> {
    table: elf::GnuHashTable<'data, Elf>,
    bloom: &'data [u8],
    bloom_shift: u32,
    buckets: &'data [U32<Elf::Endian>],
    /// One for each symbol that can be found: its hash, with the lowest bit set at the end of a chain.
    values: &'data [U32<Elf::Endian>],
}

impl<'data, Elf: FileHeader> GnuHashTable<'data, Elf> {
    /// Reads the table at the start of `data`, which may go on behind it: the table does not say where it ends.
    pub fn parse(endian: Elf::Endian, data: &'data [u8]) -> Result<Self> {
        let table = elf::GnuHashTable::parse(endian, data)?;
        let header = words::<Elf::Endian>(data, &mut 0, 4);
        let [buckets, _, bloom, shift] = [0, 1, 2, 3].map(|word| header[word].get(endian));
        let mut offset = size_of::<GnuHashHeader<Elf::Endian>>() as u64;
        let bloom = data.read_slice(&mut offset, bloom as usize * size_of::<Elf::Word>()).unwrap_or_default();
        let buckets = words(data, &mut offset, buckets as usize);
        let rest = (data.len() - offset as usize) / size_of::<U32<Elf::Endian>>();
        let values = words(data, &mut offset, rest);
        Ok(Self { table, bloom, bloom_shift: shift, buckets, values })
    }

    /// How many symbols there are; none if the table is empty.
    pub fn symbol_table_length(&self, endian: Elf::Endian) -> Option<u32> {
        self.table.symbol_table_length(endian)
    }

    /// Whether a symbol with this hash may be there; none if the filter is damaged.
    fn may_have(&self, endian: Elf::Endian, hash: u32) -> Option<bool> {
        let size = size_of::<Elf::Word>();
        let bits = size as u32 * 8;
        let number = ((hash / bits) as usize).checked_rem(self.bloom.len() / size)?;
        let bytes = &self.bloom[number * size..];
        let word = match size {
            8 => from_bytes::<U64<Elf::Endian>>(bytes).ok()?.0.get(endian),
            _ => from_bytes::<U32<Elf::Endian>>(bytes).ok()?.0.get(endian).into(),
        };
        let second = hash.checked_shr(self.bloom_shift)?;
        Some(word >> (hash % bits) & word >> (second % bits) & 1 == 1)
    }

    /// Finds a symbol; `hash` is `elf::gnu_hash(name)`.
    #[allow(clippy::too_many_arguments)]
    pub fn find(
        &self,
        endian: Elf::Endian,
        name: &[u8],
        hash: u32,
        version: Option<&Version<'_>>,
        symbols: &'data [Elf::Sym],
        strings: StringTable<'data>,
        versions: &VersionTable<'data, Elf>,
    ) -> Option<(SymbolIndex, &'data Elf::Sym)> {
        if !self.may_have(endian, hash)? {
            return None;
        }
        let wanted = Wanted::<Elf> { endian, name, version, symbols, strings, versions };
        let bucket = (hash as usize).checked_rem(self.buckets.len())?;
        let base = self.table.symbol_base() as usize;
        let start = self.buckets[bucket].get(endian) as usize;
        for (number, value) in self.values.get(start.checked_sub(base)?..)?.iter().enumerate() {
            let value = value.get(endian);
            if value | 1 == hash | 1
                && let Some(found) = wanted.at(start + number)
            {
                return Some(found);
            }
            if value & 1 == 1 {
                break;
            }
        }
        None
    }
}
