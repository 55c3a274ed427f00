//! What the standard library's crate `unwind` expects of libgcc, for programs that abort on panic: nothing is ever caught,
//! and there are no tables to walk the stack with. Backtraces end at once.
#![no_std]

use core::ffi::{c_int, c_void};

/// `_Unwind_Reason_Code` of the Itanium C++ ABI, "Exception Handling", 1.2.
const FATAL_PHASE1_ERROR: c_int = 3;
const END_OF_STACK: c_int = 5;

macro_rules! nothing {
    ($($name:ident($($argument:ty),*) -> $result:ty = $value:expr;)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name($(_: $argument),*) -> $result {
                $value
            }
        )*
    };
}

nothing! {
    _Unwind_RaiseException(*mut c_void) -> c_int = FATAL_PHASE1_ERROR;
    _Unwind_Backtrace(*const c_void, *mut c_void) -> c_int = END_OF_STACK;
    _Unwind_DeleteException(*mut c_void) -> () = ();
    _Unwind_FindEnclosingFunction(*mut c_void) -> *mut c_void = core::ptr::null_mut();
    _Unwind_GetIP(*mut c_void) -> usize = 0;
    _Unwind_GetIPInfo(*mut c_void, *mut c_int) -> usize = 0;
    _Unwind_GetCFA(*mut c_void) -> usize = 0;
    _Unwind_GetGR(*mut c_void, c_int) -> usize = 0;
    _Unwind_GetLanguageSpecificData(*mut c_void) -> *mut c_void = core::ptr::null_mut();
    _Unwind_GetRegionStart(*mut c_void) -> usize = 0;
    _Unwind_GetTextRelBase(*mut c_void) -> usize = 0;
    _Unwind_GetDataRelBase(*mut c_void) -> usize = 0;
    _Unwind_SetGR(*mut c_void, c_int, usize) -> () = ();
    _Unwind_SetIP(*mut c_void, usize) -> () = ();
}

unsafe extern "C" {
    safe fn abort() -> !;
}

/// Goes on with a panic that nobody can have started.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume(_: *mut c_void) -> ! {
    abort()
}
