//! Lines that somebody types on the serial line, which has no line discipline of its own.

use alloc::string::String;
use alloc::vec::Vec;

use syscall::Result;

use crate::print::STDOUT;

/// Descriptor of standard input.
const STDIN: usize = 0;
const BACKSPACE: [u8; 2] = [8, 127];

/// Prints a text that does not end its line.
pub fn prompt(text: &str) -> Result<()> {
    write(text.as_bytes())
}

/// Reads a line from standard input; with `echo`, whoever types sees it.
pub fn read_line(echo: bool) -> Result<String> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        syscall::read(STDIN, &mut byte)?;
        match byte[0] {
            b'\r' | b'\n' => {
                write(b"\n")?;
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            byte if BACKSPACE.contains(&byte) => {
                if line.pop().is_some() && echo {
                    write(b"\x08 \x08")?;
                }
            }
            byte if byte >= b' ' => {
                line.push(byte);
                if echo {
                    write(&[byte])?;
                }
            }
            _ => {}
        }
    }
}

fn write(mut data: &[u8]) -> Result<()> {
    while !data.is_empty() {
        data = &data[syscall::write(STDOUT, data)?..];
    }
    Ok(())
}
