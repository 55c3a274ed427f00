//! Looks up every dynamic symbol of the C library that this test itself is linked with, by both kinds of tables.

use object::read::elf::{ElfFile64, FileHeader, GnuHashTable, HashTable, SectionHeader, Sym, VersionTable};
use object::{NativeEndian, elf};

type Header = elf::FileHeader64<NativeEndian>;

fn libraries() -> Vec<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut files: Vec<String> = maps
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5))
        .filter(|path| path.contains(".so"))
        .map(str::to_owned)
        .collect();
    files.dedup();
    files
}

#[test]
fn finds_every_symbol_and_no_other() {
    let mut tables = 0;
    for library in libraries() {
        let data = std::fs::read(library).unwrap();
        // Aligned, as a mapped file is.
        let mut words = vec![0u64; data.len().div_ceil(8)];
        let bytes = unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), data.len()) };
        bytes.copy_from_slice(&data);
        let bytes = &*bytes;
        let file = ElfFile64::<NativeEndian>::parse(bytes).unwrap();
        let (header, sections): (&Header, _) = (file.elf_header(), file.elf_section_table());
        let dynamic = sections.symbols(NativeEndian, bytes, elf::SHT_DYNSYM).unwrap();
        let (symbols, strings) = (dynamic.symbols(), dynamic.strings());
        assert_eq!(header.e_type(NativeEndian), elf::ET_DYN);
        for section in sections.iter() {
            let table = || &bytes[section.sh_offset(NativeEndian) as usize..];
            let find: Box<dyn Fn(&[u8]) -> bool> = match section.sh_type(NativeEndian) {
                elf::SHT_GNU_HASH => {
                    let hashes = GnuHashTable::<Header>::parse(NativeEndian, table()).unwrap();
                    assert_eq!(hashes.symbol_table_length(NativeEndian), Some(symbols.len() as u32));
                    Box::new(move |name| {
                        let hash = elf::gnu_hash(name);
                        let found =
                            hashes.find(NativeEndian, name, hash, None, symbols, strings, &VersionTable::default());
                        found.is_some_and(|(_, symbol)| symbol.name(NativeEndian, strings) == Ok(name))
                    })
                }
                elf::SHT_HASH => {
                    let hashes = HashTable::<Header>::parse(NativeEndian, table()).unwrap();
                    assert_eq!(hashes.symbol_table_length(), symbols.len() as u32);
                    Box::new(move |name| {
                        let hash = elf::hash(name);
                        let found =
                            hashes.find(NativeEndian, name, hash, None, symbols, strings, &VersionTable::default());
                        found.is_some_and(|(_, symbol)| symbol.name(NativeEndian, strings) == Ok(name))
                    })
                }
                _ => continue,
            };
            tables += 1;
            let defined = symbols.iter().filter(|symbol| symbol.st_shndx(NativeEndian) != elf::SHN_UNDEF);
            for name in
                defined.map(|symbol| symbol.name(NativeEndian, strings).unwrap()).filter(|name| !name.is_empty())
            {
                assert!(find(name), "{}", String::from_utf8_lossy(name));
                assert!(!find(&[name, b"?".as_slice()].concat()));
            }
        }
    }
    assert!(tables > 0);
}
