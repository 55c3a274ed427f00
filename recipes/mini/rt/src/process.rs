//! Starts programs. As on Redox, the kernel only makes empty processes: the parent fills in memory and descriptors.

use core::fmt;

use abi::process::{EXIT, GIVE_FD, MAP, NAME, START, WAIT, WRITE};
use syscall::{CallFlags, Error, MapFlags, O_RDWR, PAGE_SIZE};

use crate::elf::{Problem, Program, Segment};
use crate::fd::Fd;

/// A process that was started.
pub struct Process(Fd);

/// Why a program could not be started.
#[derive(Debug)]
pub enum SpawnError {
    /// The file is not fit to run.
    Program(Problem),
    /// The kernel refused.
    Kernel(Error),
    /// Arguments and environment don't fit in a page.
    TooManyArguments,
}

impl From<Error> for SpawnError {
    fn from(error: Error) -> Self {
        Self::Kernel(error)
    }
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Program(problem) => problem.fmt(f),
            Self::Kernel(error) => write!(f, "could not be started: {error}"),
            Self::TooManyArguments => f.write_str("has too many arguments"),
        }
    }
}

/// Starts a program from the bytes of its file.
///
/// `name` is shown in traces; each of `fds` is an own descriptor and the number that it gets in the new process.
///
/// # Errors
/// When the file is not fit to run, or the kernel runs out of something.
pub fn spawn<'a, 'b>(
    file: &[u8],
    name: &str,
    args: impl Iterator<Item = &'a str>,
    environment: impl Iterator<Item = &'b str>,
    fds: &[(usize, usize)],
) -> Result<Process, SpawnError> {
    let program = Program::parse(file).map_err(SpawnError::Program)?;
    let process = Process(Fd::open("/scheme/proc/new-context", O_RDWR)?);
    process.call(name.as_bytes(), &[NAME])?;
    for segment in program.segments() {
        process.load(&segment)?;
    }
    let flags = MapFlags::PROT_READ | MapFlags::PROT_WRITE | MapFlags::MAP_PRIVATE;
    let stack = abi::STACK_TOP - abi::STACK_SIZE;
    process.call(&[], &[MAP, stack as u64, abi::STACK_SIZE as u64, flags.bits() as u64])?;
    let top = StackTop::build(args, environment).ok_or(SpawnError::TooManyArguments)?;
    process.write(top.address, top.bytes())?;
    for (own, theirs) in fds {
        process.call(&[], &[GIVE_FD, *own as u64, *theirs as u64])?;
    }
    process.call(&[], &[START, program.entry as u64, top.address as u64])?;
    Ok(process)
}

/// Ends this program.
pub fn exit(status: usize) -> ! {
    if let Ok(process) = Fd::open("/scheme/proc/current", O_RDWR) {
        let _ = Process(process).call(&[], &[EXIT, status as u64]);
    }
    unreachable!("a process can always end itself")
}

impl Process {
    /// Blocks until the process has ended; its status.
    pub fn wait(&self) -> Result<usize, Error> {
        self.call(&[], &[WAIT])
    }

    fn load(&self, segment: &Segment) -> Result<(), Error> {
        let (first, end) = (segment.first_page(), segment.end_page());
        if first < end {
            let flags = segment.map_flags().bits() as u64;
            self.call(&[], &[MAP, first as u64, (end - first) as u64, flags])?;
        }
        self.write(segment.address, segment.data)
    }

    fn write(&self, mut address: usize, mut data: &[u8]) -> Result<(), Error> {
        while !data.is_empty() {
            let count = self.call(data, &[WRITE, address as u64])?;
            address += count;
            data = &data[count..];
        }
        Ok(())
    }

    fn call(&self, payload: &[u8], verb: &[u64]) -> Result<usize, Error> {
        syscall::call_wo(self.0.raw(), payload, CallFlags::empty(), verb)
    }
}

/// The end of a new stack: argc, argv…, 0, envp…, 0, then the strings.
struct StackTop {
    page: [u8; PAGE_SIZE],
    used: usize,
    address: usize,
}

/// Most arguments and variables together.
const MAX_STRINGS: usize = 64;

impl StackTop {
    fn build<'a, 'b>(args: impl Iterator<Item = &'a str>, environment: impl Iterator<Item = &'b str>) -> Option<Self> {
        let mut top = Self { page: [0; PAGE_SIZE], used: 0, address: 0 };
        let mut words = [0usize; MAX_STRINGS + 3];
        let mut count = 1;
        for argument in args {
            *words.get_mut(count)? = top.push_string(argument)?;
            count += 1;
        }
        words[0] = count - 1;
        // The 0 behind the arguments is there already.
        count += 1;
        for variable in environment {
            *words.get_mut(count)? = top.push_string(variable)?;
            count += 1;
        }
        let words = words.get(..=count)?;
        // The stack pointer must be a multiple of 16.
        top.used = (top.used + size_of_val(words)).next_multiple_of(16);
        let start = PAGE_SIZE.checked_sub(top.used)?;
        for (bytes, word) in top.page[start..].as_chunks_mut().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        top.address = abi::STACK_TOP - top.used;
        Some(top)
    }

    /// Puts a string with its NUL below the ones before; its address in the new process.
    fn push_string(&mut self, text: &str) -> Option<usize> {
        let used = self.used + text.len() + 1;
        let start = PAGE_SIZE.checked_sub(used)?;
        self.page[start..][..text.len()].copy_from_slice(text.as_bytes());
        self.used = used;
        Some(abi::STACK_TOP - used)
    }

    fn bytes(&self) -> &[u8] {
        &self.page[PAGE_SIZE - self.used..]
    }
}
