//! Reads program files. What the loader of Redox cannot run is refused here, with the reason.

use core::fmt;

use syscall::{MapFlags, PAGE_SIZE};

/// Why a file cannot be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// No ELF magic, or cut off in a header.
    NotElf,
    /// Not a 64-bit little-endian file for this processor.
    WrongMachine,
    /// Type DYN: it would have to be relocated, and nobody does that.
    PositionIndependent,
    /// A type other than EXEC and DYN.
    NotExecutable,
    /// PT_INTERP or PT_DYNAMIC: it needs a dynamic linker.
    NeedsLinker,
    /// A segment's bytes are not in the file, or memory is smaller than they are.
    BadSegment,
    /// A segment outside of what programs may use.
    BadAddress,
    /// Two segments in one page.
    SharedPage,
    /// The entry is not in an executable segment.
    BadEntry,
    /// No segment at all.
    Empty,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::NotElf => "is not an ELF file",
            Self::WrongMachine => "is not a 64-bit program for aarch64",
            Self::PositionIndependent => "is position-independent (ET_DYN): programs are not relocated, link it static",
            Self::NotExecutable => "is not an executable (ET_EXEC)",
            Self::NeedsLinker => "needs a dynamic linker (PT_INTERP or PT_DYNAMIC): link it static",
            Self::BadSegment => "has a segment that is not in the file",
            Self::BadAddress => "has a segment at an address that programs cannot have",
            Self::SharedPage => "has two segments in one page: link it with max-page-size=4096",
            Self::BadEntry => "has an entry outside of its executable segments",
            Self::Empty => "has nothing to load",
        })
    }
}

const MAGIC: &[u8] = b"\x7fELF";
const HEADER_SIZE: usize = 64;
const PROGRAM_HEADER_SIZE: usize = 56;
const CLASS_64_LITTLE: [u8; 2] = [2, 1];
const MACHINE_AARCH64: u16 = 183;
const ET_EXEC: u16 = 2;
const ET_DYN: u16 = 3;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
const EXECUTABLE: u32 = 1;
const WRITABLE: u32 = 2;
const READABLE: u32 = 4;

/// A file that was found fit to run.
pub struct Program<'a> {
    file: &'a [u8],
    headers: &'a [u8],
    /// Address of the first instruction.
    pub entry: usize,
}

/// One piece of memory that a program needs.
pub struct Segment<'a> {
    /// Address of the first byte.
    pub address: usize,
    /// Bytes in memory; those behind `data` are zero.
    pub size: usize,
    /// Bytes from the file.
    pub data: &'a [u8],
    flags: u32,
}

impl Segment<'_> {
    /// First address of the first page.
    pub fn first_page(&self) -> usize {
        self.address & !(PAGE_SIZE - 1)
    }

    /// First address behind the last page.
    pub fn end_page(&self) -> usize {
        (self.address + self.size).next_multiple_of(PAGE_SIZE)
    }

    /// Access that the program has.
    pub fn map_flags(&self) -> MapFlags {
        let mut flags = MapFlags::MAP_PRIVATE;
        flags.set(MapFlags::PROT_READ, self.flags & READABLE != 0);
        flags.set(MapFlags::PROT_WRITE, self.flags & WRITABLE != 0);
        flags.set(MapFlags::PROT_EXEC, self.flags & EXECUTABLE != 0);
        flags
    }
}

impl<'a> Program<'a> {
    /// Checks a whole file.
    pub fn parse(file: &'a [u8]) -> Result<Self, Problem> {
        let header = file.get(..HEADER_SIZE).filter(|header| header.starts_with(MAGIC)).ok_or(Problem::NotElf)?;
        if header[4..6] != CLASS_64_LITTLE || half(header, 18) != MACHINE_AARCH64 {
            return Err(Problem::WrongMachine);
        }
        match half(header, 16) {
            ET_EXEC => {}
            ET_DYN => return Err(Problem::PositionIndependent),
            _ => return Err(Problem::NotExecutable),
        }
        let start = usize::try_from(double(header, 32)).map_err(|_| Problem::NotElf)?;
        let size = usize::from(half(header, 56)) * PROGRAM_HEADER_SIZE;
        let headers = file.get(start..).and_then(|rest| rest.get(..size));
        if usize::from(half(header, 54)) != PROGRAM_HEADER_SIZE {
            return Err(Problem::NotElf);
        }
        let program = Self { file, headers: headers.ok_or(Problem::NotElf)?, entry: double(header, 24) as usize };
        program.check()?;
        Ok(program)
    }

    /// The pieces to load, in the file's order.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'a>> {
        // `check` has seen all of them.
        self.loads().filter_map(Result::ok)
    }

    fn loads(&self) -> impl Iterator<Item = Result<Segment<'a>, Problem>> {
        let file = self.file;
        self.program_headers().filter(|header| word(header, 0) == PT_LOAD).map(move |header| {
            let (offset, file_size) = (double(header, 8) as usize, double(header, 32) as usize);
            let data = file.get(offset..).and_then(|rest| rest.get(..file_size)).ok_or(Problem::BadSegment)?;
            let (address, size) = (double(header, 16) as usize, double(header, 40) as usize);
            if size < data.len() {
                return Err(Problem::BadSegment);
            }
            let end = address.checked_add(size).filter(|end| *end <= abi::STACK_TOP - abi::STACK_SIZE);
            if address < PAGE_SIZE || end.is_none() {
                return Err(Problem::BadAddress);
            }
            Ok(Segment { address, size, data, flags: word(header, 4) })
        })
    }

    fn program_headers(&self) -> impl Iterator<Item = &'a [u8]> {
        self.headers.chunks_exact(PROGRAM_HEADER_SIZE)
    }

    fn check(&self) -> Result<(), Problem> {
        if self.program_headers().any(|header| matches!(word(header, 0), PT_DYNAMIC | PT_INTERP)) {
            return Err(Problem::NeedsLinker);
        }
        let mut entered = false;
        for (index, segment) in self.loads().enumerate() {
            let segment = segment?;
            let range = segment.address..segment.address + segment.size;
            entered |= segment.flags & EXECUTABLE != 0 && range.contains(&self.entry);
            for other in self.loads().take(index) {
                let other = other?;
                if segment.first_page() < other.end_page() && other.first_page() < segment.end_page() {
                    return Err(Problem::SharedPage);
                }
            }
        }
        match self.loads().next() {
            None => Err(Problem::Empty),
            Some(_) if entered => Ok(()),
            Some(_) => Err(Problem::BadEntry),
        }
    }
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(half(bytes, at)) | u32::from(half(bytes, at + 2)) << 16
}

fn double(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 4)) << 32
}
