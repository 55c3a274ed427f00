//! `/scheme/proc`: processes are built by their parents, verb by verb; the kernel knows nothing of ELF files.

use abi::process::{EXIT, GIVE_FD, MAP, NAME, START, WAIT, WRITE};
use alloc::string::String;
use syscall::{EINVAL, Error, MapFlags, Result};

use super::{Outcome, copy_in};
use crate::context::{self, Pid, Wait};

/// Longest name that is kept.
const MAX_NAME: usize = 64;
/// Most bytes that one `WRITE` copies.
const MAX_WRITE: usize = 256 * 1024;

/// One verb on a process, with its arguments; `address` and `length` are the payload in the caller's memory.
pub fn call(pid: Pid, address: usize, length: usize, verb: &[u64]) -> Result<Outcome> {
    let argument = |index: usize| verb[index] as usize;
    match *verb {
        [MAP, _, _, flags] => {
            let flags = MapFlags::from_bits(flags as usize).ok_or(Error::new(EINVAL))?;
            context::with(pid, |context| context.space.map(argument(1), argument(2), flags))?;
        }
        [WRITE, _] => {
            let data = copy_in(address, length.min(MAX_WRITE))?;
            context::with(pid, |context| context.space.load(argument(1), &data))?;
            return Ok(Outcome::Done(data.len()));
        }
        [NAME] => {
            let name = copy_in(address, length.min(MAX_NAME))?;
            let name = String::from_utf8(name).map_err(|_| Error::new(EINVAL))?;
            context::with(pid, |context| {
                context.name = name;
                Ok(())
            })?;
        }
        [GIVE_FD, _, _] => {
            let file = context::with_current(|context| context.file(argument(1)))?;
            context::with(pid, |context| context.insert_file_at(argument(2), file))?;
        }
        [START, _, _] => context::start(pid, argument(1), argument(2))?,
        [WAIT] => {
            return Ok(match context::reap(pid)? {
                Some(status) => Outcome::Done(status),
                None => Outcome::Retry(Wait::Exit(pid)),
            });
        }
        [EXIT, _] => {
            let own = pid == context::current();
            context::exit(pid, argument(1))?;
            if own {
                return Ok(Outcome::Ended);
            }
        }
        _ => return Err(Error::new(EINVAL)),
    }
    Ok(Outcome::Done(0))
}
