//! From the start file `crt0.o` to `main`.

use core::ffi::{c_char, c_int};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::header::stdlib::exit;

unsafe extern "C" {
    fn main(argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> c_int;
}

/// The environment, a list that ends with a null pointer.
#[unsafe(no_mangle)]
pub static environ: AtomicPtr<*const c_char> = AtomicPtr::new(ptr::null_mut());

/// Called by `crt0.o` with the stack as the parent made it: argc, argv…, 0, envp…, 0.
///
/// # Safety
/// `stack` must point there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relibc_start(stack: *const usize) -> ! {
    // SAFETY: the caller promises the layout.
    unsafe {
        rt::args::init(stack);
        let argc = *stack;
        let argv = stack.add(1).cast::<*const c_char>();
        let envp = argv.add(argc + 1);
        environ.store(envp.cast_mut(), Ordering::Relaxed);
        exit(main(argc as c_int, argv, envp))
    }
}
