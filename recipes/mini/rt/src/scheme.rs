//! Serves a scheme: reads requests from its socket, calls the program, writes the answers.

use alloc::format;

use syscall::schemev2::{Cqe, Opcode, Sqe};
use syscall::{EINVAL, EIO, ENOSYS, Error, O_CREAT, O_RDWR, Result};

use crate::fd::Fd;

/// What a program does for its clients. Files are known by numbers that `open` chooses.
pub trait Scheme {
    /// Opens a path, which has no slash at its start.
    fn open(&mut self, path: &str, flags: usize) -> Result<usize>;

    /// Fills a buffer from a position in the file; 0 bytes mean the end.
    fn read(&mut self, file: usize, position: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Takes data at a position in the file; the number of bytes taken.
    fn write(&mut self, file: usize, position: u64, data: &[u8]) -> Result<usize>;

    /// Nobody has the file open any more.
    fn close(&mut self, file: usize);
}

/// The socket of a scheme that this program serves.
pub struct Socket(Fd);

const REQUEST: usize = size_of::<Sqe>();
const ANSWER: usize = size_of::<Cqe>();

impl Socket {
    /// Registers a scheme; clients may open its paths from now on and wait until [`serve`](Self::serve) runs.
    pub fn create(name: &str) -> Result<Self> {
        Fd::open(&format!(":{name}"), O_CREAT | O_RDWR).map(Self)
    }

    /// Serves requests until the kernel has no more.
    pub fn serve(&self, scheme: &mut impl Scheme) -> Result<()> {
        let mut buffer = [0; REQUEST + abi::MAX_PAYLOAD];
        loop {
            let count = self.0.read(&mut buffer)?;
            let mut sqe = Sqe::default();
            let (header, payload) = buffer.split_at_mut(REQUEST);
            sqe.copy_from_slice(header);
            let size = count.checked_sub(REQUEST).ok_or(Error::new(EIO))?;
            let [file, _, length, argument, ..] = sqe.args;
            let result = match Opcode::try_from_raw(sqe.opcode) {
                Some(Opcode::Close) => {
                    scheme.close(file as usize);
                    // Nobody waits for an answer.
                    continue;
                }
                Some(Opcode::OpenAt) => core::str::from_utf8(&payload[..size])
                    .map_err(|_| Error::new(EINVAL))
                    .and_then(|path| scheme.open(path, argument as usize)),
                Some(Opcode::Read) => match payload.get_mut(..length as usize) {
                    Some(buffer) => scheme.read(file as usize, argument, buffer),
                    None => Err(Error::new(EINVAL)),
                },
                Some(Opcode::Write) => scheme.write(file as usize, argument, &payload[..size]),
                _ => Err(Error::new(ENOSYS)),
            };
            let read = matches!(Opcode::try_from_raw(sqe.opcode), Some(Opcode::Read));
            let size = if read { result.unwrap_or(0) } else { 0 };
            let cqe = Cqe { tag: sqe.tag, result: Error::mux(result) as u64, ..Cqe::default() };
            // The answer's header goes right in front of the data that `read` left in the buffer.
            let start = REQUEST - ANSWER;
            buffer[start..REQUEST].copy_from_slice(&cqe);
            self.0.write(&buffer[start..REQUEST + size])?;
        }
    }
}
