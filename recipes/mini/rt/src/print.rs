//! `println!`, one write for each line, so that lines of several programs don't mix.

use core::fmt;

/// Descriptor of standard output.
pub const STDOUT: usize = 1;

/// Longest line that is written at once.
const MAX_LINE: usize = 256;

/// Collects text and writes it line by line to a descriptor, the rest when it is dropped.
pub struct Lines {
    fd: usize,
    line: [u8; MAX_LINE],
    length: usize,
}

impl Lines {
    /// Lines for a descriptor, which stays the caller's.
    pub fn new(fd: usize) -> Self {
        Self { fd, line: [0; MAX_LINE], length: 0 }
    }

    /// Writes what is there, without waiting for the end of the line.
    pub fn flush(&mut self) {
        let mut rest = &self.line[..self.length];
        while !rest.is_empty() {
            match syscall::write(self.fd, rest) {
                Ok(count) if count > 0 => rest = &rest[count..],
                // A program without output has nobody to tell.
                _ => break,
            }
        }
        self.length = 0;
    }
}

impl fmt::Write for Lines {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.line[self.length] = byte;
            self.length += 1;
            if byte == b'\n' || self.length == MAX_LINE {
                self.flush();
            }
        }
        Ok(())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Prints a line to standard output.
#[macro_export]
macro_rules! println {
    ($($arg:tt)*) => {{
        use core::fmt::Write;
        let _ = writeln!($crate::print::Lines::new($crate::print::STDOUT), $($arg)*);
    }};
}
