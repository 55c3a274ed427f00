//! Kernel messages, in the form of Redox's log lines.

/// Prints a part of a line.
#[macro_export]
macro_rules! print {
    ($($arg:tt)*) => {{
        use core::fmt::Write;
        let _ = write!($crate::arch::serial::Serial, $($arg)*);
    }};
}

/// Prints a line without a prefix.
#[macro_export]
macro_rules! println {
    ($($arg:tt)*) => {{
        use core::fmt::Write;
        let _ = writeln!($crate::arch::serial::Serial, $($arg)*);
    }};
}

/// Prints `<module>:INFO -- <message>`.
#[macro_export]
macro_rules! info {
    ($($arg:tt)*) => { $crate::println!("{}:INFO -- {}", module_path!(), format_args!($($arg)*)) };
}
