//! Pipes: bytes from one process to another, and the news that a process has gone.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use syscall::{EAGAIN, EPIPE, Error, Result};

use super::{Outcome, copy_out};
use crate::context::{self, Wait};

/// Bytes that a pipe holds before writing fails.
const CAPACITY: usize = 64 * 1024;

pub struct Pipe {
    bytes: RefCell<VecDeque<u8>>,
    readable: Cell<bool>,
    writers: Cell<usize>,
}

impl Pipe {
    /// A pipe with its reading end; ends for writing come by `dup`.
    pub fn new() -> Rc<Self> {
        Rc::new(Self { bytes: RefCell::default(), readable: Cell::new(true), writers: Cell::new(0) })
    }

    pub fn writer(self: &Rc<Self>) -> Rc<Self> {
        self.writers.set(self.writers.get() + 1);
        self.clone()
    }

    pub fn read(&self, address: usize, length: usize) -> Result<Outcome> {
        let available = length.min(self.bytes.borrow().len());
        if available == 0 && length != 0 && self.writers.get() != 0 {
            return Ok(Outcome::Retry(self.wait()));
        }
        let data: Vec<u8> = self.bytes.borrow_mut().drain(..available).collect();
        copy_out(address, &data)?;
        Ok(Outcome::Done(available))
    }

    pub fn write(&self, data: &[u8]) -> Result<()> {
        if !self.readable.get() {
            return Err(Error::new(EPIPE));
        }
        if self.bytes.borrow().len() + data.len() > CAPACITY {
            return Err(Error::new(EAGAIN));
        }
        self.bytes.borrow_mut().extend(data);
        context::wake(self.wait());
        Ok(())
    }

    pub fn close_reader(&self) {
        self.readable.set(false);
    }

    pub fn close_writer(&self) {
        self.writers.set(self.writers.get() - 1);
        context::wake(self.wait());
    }

    fn wait(&self) -> Wait {
        Wait::Pipe(core::ptr::from_ref(self).addr())
    }
}
