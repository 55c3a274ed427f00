//! The language of init.rc: one command on a line, words between spaces, `$NAME` as a whole word.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// `export NAME VALUE…`
    Export(String, String),
    /// `echo TEXT…`
    Echo(String),
    /// `stdio PATH`: programs started from now on write there.
    Stdio(String),
    /// `switchroot ROOT ETC`: goes on with the script in ETC, and with the programs of ROOT.
    SwitchRoot { root: String, etc: String },
    /// A program with its arguments; `nowait` doesn't wait for it.
    Run { words: Vec<String>, wait: bool },
}

/// A line that means nothing.
#[derive(Debug, PartialEq, Eq)]
pub struct BadLine(&'static str);

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Reads a line; `None` for an empty one and for a comment.
pub fn parse<'a>(line: &'a str, variable: impl Fn(&str) -> Option<&'a str>) -> Result<Option<Command>, BadLine> {
    let expand = |word: &'a str| word.strip_prefix('$').map_or(word, |name| variable(name).unwrap_or(""));
    let words: Vec<&str> = line.split_whitespace().map(expand).collect();
    let own = |words: &[&str]| words.iter().map(|word| String::from(*word)).collect();
    Ok(Some(match words[..] {
        [] => return Ok(None),
        [word, ..] if word.starts_with('#') => return Ok(None),
        ["export", name, ref value @ ..] if !value.is_empty() => Command::Export(name.into(), value.join(" ")),
        ["export", ..] => return Err(BadLine("export needs a name and a value")),
        ["echo", ref text @ ..] => Command::Echo(text.join(" ")),
        ["stdio", path] => Command::Stdio(path.into()),
        ["stdio", ..] => return Err(BadLine("stdio needs one path")),
        ["switchroot", root, etc] => Command::SwitchRoot { root: root.into(), etc: etc.into() },
        ["switchroot", ..] => return Err(BadLine("switchroot needs two paths: of /usr and of /etc")),
        ["nowait"] => return Err(BadLine("nowait needs a program")),
        ["nowait", ref words @ ..] => Command::Run { words: own(words), wait: false },
        ref words => Command::Run { words: own(words), wait: true },
    }))
}
