//! Processes and the scheduler: round robin, one thread each.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use syscall::{EBADF, ECHILD, EMFILE, ESRCH, Error, Result};

use crate::arch::exception::{self, Frame};
use crate::arch::paging::{self, AddressSpace};
use crate::arch::timer;
use crate::scheme::Description;
use crate::stacks;
use crate::sync::Global;

pub type Pid = usize;

/// Descriptors that one process may have.
const MAX_FDS: usize = 64;

/// What a blocked process waits for; the number tells objects of a kind apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A request to the scheme that the process serves.
    Request(usize),
    /// The answer of a user scheme.
    Answer,
    /// Bytes in a pipe, or its end.
    Pipe(usize),
    /// The end of a process.
    Exit(Pid),
    /// A time, in nanoseconds since the start.
    Time(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Made, but `START` has not come yet.
    New,
    Ready,
    Blocked(Wait),
}

pub struct Context {
    pub name: String,
    pub frame: Box<Frame>,
    pub space: AddressSpace,
    pub files: Vec<Option<Rc<Description>>>,
    state: State,
}

impl Context {
    /// The description behind a descriptor.
    pub fn file(&self, fd: usize) -> Result<Rc<Description>> {
        self.files.get(fd).and_then(Clone::clone).ok_or(Error::new(EBADF))
    }

    /// Puts a description at the lowest free number.
    pub fn insert_file(&mut self, file: Rc<Description>) -> Result<usize> {
        let free = self.files.iter().position(Option::is_none).unwrap_or(self.files.len());
        self.insert_file_at(free, file)?;
        Ok(free)
    }

    /// Puts a description at a given number and returns what was there, to be dropped outside: closing a file wakes
    /// others, which needs the scheduler.
    pub fn insert_file_at(&mut self, fd: usize, file: Rc<Description>) -> Result<Option<Rc<Description>>> {
        if fd >= MAX_FDS {
            return Err(Error::new(EMFILE));
        }
        if fd >= self.files.len() {
            self.files.resize(fd + 1, None);
        }
        Ok(self.files[fd].replace(file))
    }
}

struct Scheduler {
    contexts: BTreeMap<Pid, Context>,
    /// Status of each process that has ended, until somebody asks for it.
    ended: BTreeMap<Pid, usize>,
    ready: VecDeque<Pid>,
    current: Option<Pid>,
    last_pid: Pid,
}

static SCHEDULER: Global<Scheduler> = Global::new(Scheduler {
    contexts: BTreeMap::new(),
    ended: BTreeMap::new(),
    ready: VecDeque::new(),
    current: None,
    last_pid: 0,
});

/// Makes a process that does not run yet.
pub fn create() -> Result<Pid> {
    let context = Context {
        name: String::from("(new)"),
        frame: Box::new(Frame::new(0, 0)),
        space: AddressSpace::new()?,
        files: Vec::new(),
        state: State::New,
    };
    SCHEDULER.with(|scheduler| {
        scheduler.last_pid += 1;
        scheduler.contexts.insert(scheduler.last_pid, context);
        Ok(scheduler.last_pid)
    })
}

/// Access to one process.
///
/// # Errors
/// `ESRCH` when it is gone, otherwise what `body` returns.
pub fn with<R>(pid: Pid, body: impl FnOnce(&mut Context) -> Result<R>) -> Result<R> {
    SCHEDULER.with(|scheduler| body(scheduler.contexts.get_mut(&pid).ok_or(Error::new(ESRCH))?))
}

/// Access to the process that made the system call.
pub fn with_current<R>(body: impl FnOnce(&mut Context) -> Result<R>) -> Result<R> {
    with(current(), body)
}

/// The process that made the system call.
pub fn current() -> Pid {
    SCHEDULER.with(|scheduler| scheduler.current.expect("no process is running"))
}

/// Calls `body` for each process that has not ended.
pub fn for_each(body: impl FnMut(&Context)) {
    SCHEDULER.with(|scheduler| scheduler.contexts.values().for_each(body));
}

/// Number and name of the running process, for messages about faults.
pub fn describe_current(body: impl FnOnce(Pid, &Context)) {
    SCHEDULER.try_with(|scheduler| {
        if let Some(pid) = scheduler.current {
            body(pid, &scheduler.contexts[&pid]);
        }
    });
}

/// Lets a new process run from `entry`.
pub fn start(pid: Pid, entry: usize, stack: usize) -> Result<()> {
    SCHEDULER.with(|scheduler| {
        let context = scheduler.contexts.get_mut(&pid).filter(|context| context.state == State::New);
        let context = context.ok_or(Error::new(ESRCH))?;
        *context.frame = Frame::new(entry, stack);
        context.state = State::Ready;
        scheduler.ready.push_back(pid);
        Ok(())
    })
}

/// Takes the processor away from the current process until something `wake`s it.
pub fn block(wait: Wait) {
    SCHEDULER.with(|scheduler| {
        let current = scheduler.current.take().expect("no process is running");
        scheduler.contexts.get_mut(&current).expect("current process exists").state = State::Blocked(wait);
    });
}

/// Makes everybody ready who waits for `wait`.
pub fn wake(wait: Wait) {
    SCHEDULER.with(|scheduler| {
        for (pid, context) in &mut scheduler.contexts {
            if context.state == State::Blocked(wait) {
                context.state = State::Ready;
                scheduler.ready.push_back(*pid);
            }
        }
    });
}

/// Gives a process that waits for an answer the result of its system call.
pub fn answer(pid: Pid, result: usize) {
    SCHEDULER.with(|scheduler| {
        let context = scheduler.contexts.get_mut(&pid);
        if let Some(context) = context.filter(|context| context.state == State::Blocked(Wait::Answer)) {
            context.frame.x[0] = result as u64;
            context.state = State::Ready;
            scheduler.ready.push_back(pid);
        }
    });
}

/// Moves the current process to the end of the queue.
pub fn preempt() {
    SCHEDULER.with(|scheduler| scheduler.ready.extend(scheduler.current.take()));
}

/// Ends a process; its files close, its memory is free again.
pub fn exit(pid: Pid, status: usize) -> Result<()> {
    let context = SCHEDULER.with(|scheduler| {
        let context = scheduler.contexts.remove(&pid).ok_or(Error::new(ESRCH))?;
        scheduler.ended.insert(pid, status);
        scheduler.ready.retain(|ready| *ready != pid);
        if scheduler.current == Some(pid) {
            scheduler.current = None;
            paging::deactivate();
        }
        Ok(context)
    })?;
    stacks::remember(&context);
    // Closing files wakes others, which needs the scheduler.
    drop(context);
    wake(Wait::Exit(pid));
    Ok(())
}

/// The status of a process that has ended, once; `None` while it lives.
pub fn reap(pid: Pid) -> Result<Option<usize>> {
    SCHEDULER.with(|scheduler| match scheduler.ended.remove(&pid) {
        None if !scheduler.contexts.contains_key(&pid) => Err(Error::new(ECHILD)),
        status => Ok(status),
    })
}

/// The frame to continue with: the current process, or the next that is ready, or whoever an interrupt wakes.
pub fn next() -> *const Frame {
    loop {
        let now = timer::nanoseconds();
        let frame = SCHEDULER.with(|scheduler| {
            scheduler.wake_sleepers(now);
            if let Some(current) = scheduler.current {
                return Some(&raw const *scheduler.contexts[&current].frame);
            }
            let pid = scheduler.ready.pop_front()?;
            scheduler.current = Some(pid);
            let context = &scheduler.contexts[&pid];
            context.space.activate();
            Some(&raw const *context.frame)
        });
        if let Some(frame) = frame {
            return frame;
        }
        SCHEDULER.with(|scheduler| scheduler.expect_sleeper());
        paging::deactivate();
        exception::wait_for_interrupt();
        exception::handle_interrupt();
    }
}

impl Scheduler {
    fn wake_sleepers(&mut self, now: u64) {
        for (pid, context) in &mut self.contexts {
            if matches!(context.state, State::Blocked(Wait::Time(time)) if time <= now) {
                context.state = State::Ready;
                self.ready.push_back(*pid);
            }
        }
    }

    /// Only the timer's interrupt is in use: when nobody sleeps, nothing would ever happen again.
    fn expect_sleeper(&self) {
        let sleeping = |context: &Context| matches!(context.state, State::Blocked(Wait::Time(_)));
        if !self.contexts.values().any(sleeping) {
            for (pid, context) in &self.contexts {
                crate::println!("PID {pid}, NAME {}: {:?}", context.name, context.state);
            }
            panic!("every process waits for another one");
        }
    }
}
