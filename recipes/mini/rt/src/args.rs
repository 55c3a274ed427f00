//! Arguments and environment, as the parent put them on the stack: argc, argv…, 0, envp…, 0.

use core::ffi::CStr;
use core::sync::atomic::{AtomicPtr, Ordering};

static STACK: AtomicPtr<usize> = AtomicPtr::new(core::ptr::null_mut());

/// Remembers where the arguments are; [`start`](crate::start) does it for programs of [`entry!`](crate::entry!).
///
/// # Safety
/// `stack` must point to them and stay valid.
pub unsafe fn init(stack: *const usize) {
    STACK.store(stack.cast_mut(), Ordering::Relaxed);
}

/// The arguments, the first of which is the name that the program was called by.
pub fn args() -> impl Iterator<Item = &'static str> {
    strings(1)
}

/// The name that the program was called by; only bootstrap was called by nobody.
pub fn name() -> &'static str {
    args().next().unwrap_or("bootstrap")
}

/// All variables of the environment, as `NAME=value`.
pub fn environment() -> impl Iterator<Item = &'static str> {
    let stack = STACK.load(Ordering::Relaxed);
    // SAFETY: `init` was promised that argc is here.
    let count = if stack.is_null() { 0 } else { unsafe { *stack } };
    strings(1 + count + 1)
}

/// One variable's value.
pub fn env(name: &str) -> Option<&'static str> {
    environment().find_map(|variable| variable.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

/// The strings whose addresses start at a word of the stack and end with a 0; those that aren't UTF-8 end them, too.
fn strings(first: usize) -> impl Iterator<Item = &'static str> {
    let stack = STACK.load(Ordering::Relaxed);
    (first..).map_while(move |index| {
        if stack.is_null() {
            return None;
        }
        // SAFETY: `init` was promised lists that end with 0.
        let text = unsafe { *stack.add(index) } as *const core::ffi::c_char;
        if text.is_null() {
            return None;
        }
        // SAFETY: and strings that end with NUL.
        unsafe { CStr::from_ptr(text) }.to_str().ok()
    })
}
