//! What stands behind file descriptors: the kernel's own schemes, pipes, processes, and the schemes of programs.

mod pipe;
mod process;
mod sys;
mod user;

pub use sys::real_time;

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::Cell;

use syscall::{
    EACCES, EINVAL, ENODEV, ENOENT, EPERM, ESPIPE, Error, Map, O_CREAT, Result, SEEK_CUR, SEEK_END, SEEK_SET,
};

use crate::arch::{serial, timer};
use crate::context::{self, Pid, Wait};
use crate::{memory, startup};

use pipe::Pipe;
use user::UserScheme;

/// Nanoseconds after which somebody who waits for the serial line looks again.
const SERIAL_POLL: u64 = 5_000_000;

/// How a system call goes on.
pub enum Outcome {
    /// With this result.
    Done(usize),
    /// Blocked; the call is made again once the process wakes.
    Retry(Wait),
    /// Blocked until a user scheme answers, with the result in the answer.
    Answer,
    /// Not at all: the process has ended.
    Ended,
}

/// An open file. Descriptors that were duplicated or given to a child share it, with its position.
pub struct Description {
    kind: Kind,
    position: Cell<u64>,
}

enum Kind {
    /// `/scheme/debug`: the serial line.
    Debug,
    /// `/scheme/kernel.dtb`: the device tree as the firmware left it; `/scheme/kernel.live`: the disk that the boot
    /// loader has copied into memory.
    Memory(&'static [u8]),
    /// `/scheme/memory/physical@dev`: device registers, for `fmap` with the physical address as offset.
    Devices,
    /// `/scheme/sys/…`
    Sys(sys::File),
    PipeReader(Rc<Pipe>),
    PipeWriter(Rc<Pipe>),
    /// `/scheme/proc/…`: a process.
    Process(Pid),
    /// `:name`: the side of a user scheme that serves requests.
    Socket(Rc<UserScheme>),
    /// A file of a user scheme, under the number that the scheme gave it.
    User(Rc<UserScheme>, u64),
}

impl Description {
    fn new(kind: Kind) -> Rc<Self> {
        Rc::new(Self { kind, position: Cell::new(0) })
    }

    fn advance(&self, bytes: usize) {
        self.position.set(self.position.get() + bytes as u64);
    }
}

impl Drop for Description {
    fn drop(&mut self) {
        match &self.kind {
            Kind::PipeReader(pipe) => pipe.close_reader(),
            Kind::PipeWriter(pipe) => pipe.close_writer(),
            Kind::Socket(scheme) => scheme.shut_down(),
            Kind::User(scheme, id) => scheme.close(*id),
            _ => {}
        }
    }
}

/// A file for the first process, which nobody else could give one.
pub fn debug() -> Rc<Description> {
    Description::new(Kind::Debug)
}

/// Opens `/scheme/<name>/<path>` (every other path is one of the scheme `file`), or makes the scheme `<name>` for `:<name>` with `O_CREAT`.
pub fn open(path: &str, flags: usize) -> Result<Outcome> {
    if let Some(name) = path.strip_prefix(':') {
        if flags & O_CREAT == 0 {
            return Err(Error::new(EINVAL));
        }
        let socket = Kind::Socket(UserScheme::create(name)?);
        return insert(socket);
    }
    let (name, path) = match path.strip_prefix("/scheme/") {
        Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
        None => ("file", path.strip_prefix('/').ok_or(Error::new(ENOENT))?),
    };
    let kind = match (name, path) {
        ("debug", "") => Kind::Debug,
        ("kernel.dtb", "") => Kind::Memory(startup::device_tree()),
        ("kernel.live", "") => Kind::Memory(startup::live_disk().ok_or(Error::new(ENODEV))?),
        ("memory", "physical@dev") => Kind::Devices,
        ("pipe", "") => Kind::PipeReader(Pipe::new()),
        ("proc", "new-context") => Kind::Process(context::create()?),
        ("proc", "current") => Kind::Process(context::current()),
        ("sys", path) => Kind::Sys(sys::File::open(path)?),
        ("debug" | "kernel.dtb" | "kernel.live" | "memory" | "pipe" | "proc", _) => return Err(Error::new(ENOENT)),
        _ => return UserScheme::find(name)?.open(path, flags),
    };
    insert(kind)
}

fn insert(kind: Kind) -> Result<Outcome> {
    let file = Description::new(kind);
    context::with_current(|context| context.insert_file(file.clone())).map(Outcome::Done)
}

/// Another descriptor for the same file; from a pipe, `write` makes its writing end.
pub fn dup(file: &Rc<Description>, how: &[u8]) -> Result<Outcome> {
    let file = match (&file.kind, how) {
        (Kind::PipeReader(pipe), b"write") => Description::new(Kind::PipeWriter(pipe.writer())),
        (_, b"") => file.clone(),
        _ => return Err(Error::new(EINVAL)),
    };
    context::with_current(|context| context.insert_file(file.clone())).map(Outcome::Done)
}

/// Reads into the current process's memory.
pub fn read(file: &Rc<Description>, address: usize, length: usize) -> Result<Outcome> {
    match &file.kind {
        Kind::Debug => read_debug(address, length),
        Kind::Memory(memory) => {
            let start = (file.position.get() as usize).min(memory.len());
            let data = &memory[start..][..length.min(memory.len() - start)];
            copy_out(address, data)?;
            file.advance(data.len());
            Ok(Outcome::Done(data.len()))
        }
        Kind::PipeReader(pipe) => pipe.read(address, length),
        Kind::Socket(scheme) => scheme.next_request(address, length),
        Kind::User(scheme, id) => scheme.read(*id, file, address, length),
        _ => Err(Error::new(EACCES)),
    }
}

/// What has arrived on the serial line, at least one byte. Nothing interrupts for it, so a waiting reader looks again
/// and again.
fn read_debug(address: usize, length: usize) -> Result<Outcome> {
    let data: Vec<u8> = core::iter::from_fn(serial::read).take(length).collect();
    if data.is_empty() && length > 0 {
        return Ok(Outcome::Retry(Wait::Time(timer::nanoseconds() + SERIAL_POLL)));
    }
    copy_out(address, &data)?;
    Ok(Outcome::Done(data.len()))
}

/// Writes from the current process's memory.
pub fn write(file: &Rc<Description>, address: usize, length: usize) -> Result<Outcome> {
    // Longer writes are cut: callers see how much was taken.
    let length = length.min(size_of::<syscall::schemev2::Cqe>() + abi::MAX_PAYLOAD);
    let data = copy_in(address, length)?;
    match &file.kind {
        Kind::Debug => serial::write(&data),
        Kind::Sys(sys) => sys.write(&data)?,
        Kind::PipeWriter(pipe) => pipe.write(&data)?,
        Kind::Socket(scheme) => scheme.handle_answer(&data)?,
        Kind::User(scheme, id) => return scheme.write(*id, file, data),
        _ => return Err(Error::new(EACCES)),
    }
    Ok(Outcome::Done(length))
}

/// Moves the position of a file that has one.
pub fn seek(file: &Description, offset: isize, whence: usize) -> Result<Outcome> {
    if !matches!(file.kind, Kind::Memory(_) | Kind::User(..)) {
        return Err(Error::new(ESPIPE));
    }
    let base = match whence {
        SEEK_SET => 0,
        SEEK_CUR => file.position.get(),
        SEEK_END if let Kind::Memory(memory) = file.kind => memory.len() as u64,
        _ => return Err(Error::new(EINVAL)),
    };
    let position = base.checked_add_signed(offset as i64).ok_or(Error::new(EINVAL))?;
    file.position.set(position);
    Ok(Outcome::Done(position as usize))
}

/// Maps device registers into the current process.
pub fn map(file: &Description, map: &Map) -> Result<Outcome> {
    let Kind::Devices = file.kind else {
        return Err(Error::new(ENODEV));
    };
    let end = map.offset.checked_add(map.size).ok_or(Error::new(EINVAL))?;
    if !map.offset.is_multiple_of(memory::PAGE_SIZE) || end > 1 << 40 {
        return Err(Error::new(EINVAL));
    }
    if memory::touches_ram(&(map.offset..end)) {
        return Err(Error::new(EPERM));
    }
    context::with_current(|context| {
        let address = context.space.find_free(map.size);
        context.space.map_device(address, map.offset, map.size, map.flags)?;
        Ok(Outcome::Done(address))
    })
}

/// `SYS_CALL`: only processes have verbs.
pub fn call(file: &Description, address: usize, length: usize, verb: &[u64]) -> Result<Outcome> {
    match file.kind {
        Kind::Process(pid) => process::call(pid, address, length, verb),
        _ => Err(Error::new(EINVAL)),
    }
}

/// Bytes of the current process's memory.
pub fn copy_in(address: usize, length: usize) -> Result<Vec<u8>> {
    let mut data = alloc::vec![0; length];
    context::with_current(|context| context.space.read(address, &mut data))?;
    Ok(data)
}

fn copy_out(address: usize, data: &[u8]) -> Result<()> {
    context::with_current(|context| context.space.write(address, data))
}
