//! Schemes that programs serve. Requests and answers are the `Sqe` and `Cqe` of Redox, read from and written to the
//! scheme's socket; unlike on Redox, the bytes of paths, reads and writes follow them directly.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use syscall::schemev2::{Cqe, Opcode, Sqe, SqeFlags};
use syscall::{EEXIST, EINVAL, EIO, ENODEV, Error, Result};

use super::{Description, Kind, Outcome, copy_out};
use crate::context::{self, Pid, Wait};
use crate::sync::Global;

static SCHEMES: Global<BTreeMap<String, Rc<UserScheme>>> = Global::new(BTreeMap::new());

/// Names that a program cannot take.
const KERNEL_SCHEMES: [&str; 7] = ["debug", "kernel.dtb", "kernel.live", "memory", "pipe", "proc", "sys"];

pub struct UserScheme {
    name: String,
    traffic: RefCell<Traffic>,
}

#[derive(Default)]
struct Traffic {
    /// Requests that the program has not read yet.
    queue: VecDeque<(Sqe, Vec<u8>)>,
    /// What to do with each answer.
    pending: BTreeMap<u32, (Pid, Action)>,
    last_tag: u32,
    closed: bool,
}

enum Action {
    Open,
    Read { file: Rc<Description>, address: usize, length: usize },
    Write { file: Rc<Description> },
}

impl UserScheme {
    /// Registers a scheme.
    ///
    /// # Errors
    /// `EEXIST` when the name is taken, `EINVAL` for one that no path could name.
    pub fn create(name: &str) -> Result<Rc<Self>> {
        if name.is_empty() || name.contains('/') {
            return Err(Error::new(EINVAL));
        }
        SCHEMES.with(|schemes| {
            if schemes.contains_key(name) || KERNEL_SCHEMES.contains(&name) {
                return Err(Error::new(EEXIST));
            }
            let scheme = Rc::new(Self { name: name.into(), traffic: RefCell::default() });
            schemes.insert(name.into(), scheme.clone());
            Ok(scheme)
        })
    }

    /// # Errors
    /// `ENODEV` when nobody serves the name.
    pub fn find(name: &str) -> Result<Rc<Self>> {
        SCHEMES.with(|schemes| schemes.get(name).cloned().ok_or(Error::new(ENODEV)))
    }

    pub fn open(&self, path: &str, flags: usize) -> Result<Outcome> {
        let args = [0, 0, path.len() as u64, flags as u64, 0, 0];
        self.request(Opcode::OpenAt, args, path.into(), Action::Open)
    }

    pub fn read(&self, id: u64, file: &Rc<Description>, address: usize, length: usize) -> Result<Outcome> {
        let length = length.min(abi::MAX_PAYLOAD);
        let args = [id, 0, length as u64, file.position.get(), 0, 0];
        self.request(Opcode::Read, args, Vec::new(), Action::Read { file: file.clone(), address, length })
    }

    pub fn write(&self, id: u64, file: &Rc<Description>, mut data: Vec<u8>) -> Result<Outcome> {
        data.truncate(abi::MAX_PAYLOAD);
        let args = [id, 0, data.len() as u64, file.position.get(), 0, 0];
        self.request(Opcode::Write, args, data, Action::Write { file: file.clone() })
    }

    /// Tells the program that nobody has the file open any more.
    pub fn close(&self, id: u64) {
        let sqe = Sqe {
            opcode: Opcode::Close as u8,
            sqe_flags: SqeFlags::ONEWAY,
            args: [id, 0, 0, 0, 0, 0],
            ..Sqe::default()
        };
        let mut traffic = self.traffic.borrow_mut();
        if !traffic.closed {
            traffic.queue.push_back((sqe, Vec::new()));
            context::wake(self.wait());
        }
    }

    fn request(&self, opcode: Opcode, args: [u64; 6], payload: Vec<u8>, action: Action) -> Result<Outcome> {
        let mut traffic = self.traffic.borrow_mut();
        if traffic.closed {
            return Err(Error::new(ENODEV));
        }
        traffic.last_tag = traffic.last_tag.wrapping_add(1);
        let tag = traffic.last_tag;
        let caller = context::current();
        traffic.pending.insert(tag, (caller, action));
        let sqe = Sqe { opcode: opcode as u8, tag, args, caller: caller as u64, ..Sqe::default() };
        traffic.queue.push_back((sqe, payload));
        context::wake(self.wait());
        Ok(Outcome::Answer)
    }

    /// The serving program reads: one request with its payload.
    pub fn next_request(&self, address: usize, length: usize) -> Result<Outcome> {
        let mut traffic = self.traffic.borrow_mut();
        let Some((sqe, payload)) = traffic.queue.front() else {
            return Ok(Outcome::Retry(self.wait()));
        };
        let header: &[u8] = sqe;
        let size = header.len() + payload.len();
        if size > length {
            return Err(Error::new(EINVAL));
        }
        copy_out(address, header)?;
        copy_out(address + header.len(), payload)?;
        traffic.queue.pop_front();
        Ok(Outcome::Done(size))
    }

    /// The serving program writes: one answer with its payload.
    pub fn handle_answer(self: &Rc<Self>, data: &[u8]) -> Result<()> {
        let mut cqe = Cqe::default();
        let (header, payload) = data.split_at_checked(cqe.len()).ok_or(Error::new(EINVAL))?;
        cqe.copy_from_slice(header);
        let pending = self.traffic.borrow_mut().pending.remove(&cqe.tag);
        let (caller, action) = pending.ok_or(Error::new(EINVAL))?;
        let result = Error::demux(cqe.result as usize).and_then(|value| self.finish(caller, &action, value, payload));
        context::answer(caller, Error::mux(result));
        Ok(())
    }

    fn finish(self: &Rc<Self>, caller: Pid, action: &Action, value: usize, payload: &[u8]) -> Result<usize> {
        match action {
            Action::Open => {
                let file = Description::new(Kind::User(self.clone(), value as u64));
                context::with(caller, |context| context.insert_file(file.clone()))
            }
            Action::Read { file, address, length } => {
                if value > *length || value != payload.len() {
                    return Err(Error::new(EIO));
                }
                context::with(caller, |context| context.space.write(*address, payload))?;
                file.advance(value);
                Ok(value)
            }
            Action::Write { file } => {
                file.advance(value);
                Ok(value)
            }
        }
    }

    /// The serving program has closed its socket, or ended: nobody may wait for it.
    pub fn shut_down(&self) {
        SCHEMES.with(|schemes| schemes.remove(&self.name));
        let traffic = self.traffic.replace(Traffic { closed: true, ..Traffic::default() });
        for (caller, _) in traffic.pending.values() {
            context::answer(*caller, Error::mux(Err(Error::new(ENODEV))));
        }
    }

    fn wait(&self) -> Wait {
        Wait::Request(core::ptr::from_ref(self).addr())
    }
}
