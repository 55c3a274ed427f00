//! Shared state of a kernel that runs on one CPU with interrupts masked: no locks, but no second borrow either.

use core::cell::{OnceCell, RefCell};

/// A `RefCell` that may be a static.
pub struct Global<T>(RefCell<T>);

// SAFETY: one CPU, and the kernel is never interrupted.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    pub const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }

    /// Gives `body` the only access; a nested call panics.
    pub fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        body(&mut self.0.borrow_mut())
    }

    /// As `with`, for the panic handler: `None` where the value is in use.
    pub fn try_with<R>(&self, body: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.try_borrow_mut().ok().map(|mut value| body(&mut value))
    }
}

/// A value that the start-up code sets once.
pub struct Once<T>(OnceCell<T>);

// SAFETY: as above.
unsafe impl<T> Sync for Once<T> {}

impl<T> Once<T> {
    pub const fn new() -> Self {
        Self(OnceCell::new())
    }

    pub fn set(&self, value: T) {
        assert!(self.0.set(value).is_ok(), "set twice");
    }

    pub fn get(&self) -> &T {
        self.0.get().expect("used before it was set")
    }
}
