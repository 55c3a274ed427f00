//! System calls: numbers, arguments and results as in `redox_syscall`, which programs call them through.

use alloc::string::String;

use syscall::{
    CLOCK_MONOTONIC, CLOCK_REALTIME, E2BIG, EINVAL, ENAMETOOLONG, ENOSYS, Error, Map, Result, SYS_CALL,
    SYS_CLOCK_GETTIME, SYS_CLOSE, SYS_DUP, SYS_FMAP, SYS_LSEEK, SYS_NANOSLEEP, SYS_OPENAT, SYS_READ, SYS_WRITE,
    SYS_YIELD, TimeSpec,
};

use crate::arch::timer;
use crate::context::{self, Wait};
use crate::scheme::{self, Outcome, copy_in};

const MAX_PATH: usize = 1024;
/// `SYS_CALL` keeps the number of metadata words in the low bits of its flags.
const METADATA_COUNT: usize = 0xff;
const MAX_METADATA: usize = 8;
const NANOSECONDS: u64 = 1_000_000_000;

/// Serves the system call in the current process's frame.
pub fn handle() {
    let call = context::with_current(|context| {
        let x = &context.frame.x;
        Ok((x[8] as usize, core::array::from_fn(|index| x[index] as usize)))
    });
    let (number, arguments) = call.expect("the current process exists");
    let finish = |result| {
        let finished = context::with_current(|context| {
            context.frame.x[0] = Error::mux(result) as u64;
            Ok(())
        });
        finished.expect("the current process exists");
    };
    match dispatch(number, arguments) {
        Ok(Outcome::Done(value)) => finish(Ok(value)),
        Ok(Outcome::Retry(wait)) => {
            let retried = context::with_current(|context| {
                // Back to the svc instruction itself.
                context.frame.elr -= 4;
                Ok(())
            });
            retried.expect("the current process exists");
            context::block(wait);
        }
        Ok(Outcome::Answer) => context::block(Wait::Answer),
        Ok(Outcome::Ended) => {}
        Err(error) => finish(Err(error)),
    }
}

fn dispatch(number: usize, [a, b, c, d, e, _]: [usize; 6]) -> Result<Outcome> {
    let file = |fd| context::with_current(|context| context.file(fd));
    match number {
        SYS_OPENAT => scheme::open(&path(b, c)?, d),
        SYS_CLOSE => {
            let file = context::with_current(|context| {
                context.file(a)?;
                Ok(context.files[a].take())
            })?;
            drop(file);
            Ok(Outcome::Done(0))
        }
        SYS_DUP => scheme::dup(&file(a)?, path(b, c)?.as_bytes()),
        SYS_READ => scheme::read(&file(a)?, b, c),
        SYS_WRITE => scheme::write(&file(a)?, b, c),
        SYS_LSEEK => scheme::seek(&*file(a)?, b as isize, c),
        SYS_FMAP => map(a, b, c),
        SYS_CALL => {
            let count = d & METADATA_COUNT;
            if count > MAX_METADATA {
                return Err(Error::new(E2BIG));
            }
            let bytes = copy_in(e, count * 8)?;
            let mut words = [0; MAX_METADATA];
            for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
                *word = u64::from_ne_bytes(*bytes);
            }
            scheme::call(&*file(a)?, b, c, &words[..count])
        }
        SYS_CLOCK_GETTIME => {
            let now = match a {
                CLOCK_MONOTONIC => timer::nanoseconds(),
                CLOCK_REALTIME => scheme::real_time(),
                _ => return Err(Error::new(EINVAL)),
            };
            let time = TimeSpec { tv_sec: (now / NANOSECONDS) as i64, tv_nsec: (now % NANOSECONDS) as i32 };
            context::with_current(|context| context.space.write(b, &time))?;
            Ok(Outcome::Done(0))
        }
        SYS_NANOSLEEP => {
            let mut time = TimeSpec::default();
            context::with_current(|context| context.space.read(a, &mut time))?;
            let (Ok(seconds), Ok(nanoseconds)) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec)) else {
                return Err(Error::new(EINVAL));
            };
            let length = seconds.saturating_mul(NANOSECONDS).saturating_add(nanoseconds);
            let end = timer::nanoseconds().saturating_add(length);
            context::with_current(|context| {
                context.frame.x[0] = 0;
                Ok(())
            })?;
            context::block(Wait::Time(end));
            Ok(Outcome::Ended)
        }
        SYS_YIELD => {
            context::with_current(|context| {
                context.frame.x[0] = 0;
                Ok(())
            })?;
            context::preempt();
            Ok(Outcome::Ended)
        }
        _ => Err(Error::new(ENOSYS)),
    }
}

/// `SYS_FMAP`: memory for descriptor -1, device registers for one that stands for them.
fn map(fd: usize, address: usize, length: usize) -> Result<Outcome> {
    let mut map = Map::default();
    if length != map.len() {
        return Err(Error::new(EINVAL));
    }
    context::with_current(|context| context.space.read(address, &mut map))?;
    if fd != usize::MAX {
        let file = context::with_current(|context| context.file(fd))?;
        return scheme::map(&file, &map);
    }
    context::with_current(|context| {
        let address = if map.address == 0 { context.space.find_free(map.size) } else { map.address };
        context.space.map(address, map.size, map.flags)?;
        Ok(Outcome::Done(address))
    })
}

fn path(address: usize, length: usize) -> Result<String> {
    if length > MAX_PATH {
        return Err(Error::new(ENAMETOOLONG));
    }
    String::from_utf8(copy_in(address, length)?).map_err(|_| Error::new(EINVAL))
}
