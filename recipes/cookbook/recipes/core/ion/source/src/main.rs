//! A small shell. Commands stand one behind the other, with `;` between them; words are quoted with `'` or `"`; `$NAME`
//! is a variable and `$?` the status of the last command. `ion -c COMMANDS` runs them and ends with the last status.
#![no_std]
#![no_main]

extern crate alloc;

mod words;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rt::fd::Fd;
use rt::syscall::Result;
use rt::terminal::{prompt, read_line};
use rt::{args, println, process};

const NOT_STARTED: usize = 126;
const NOT_FOUND: usize = 127;

rt::entry!(main);

fn main() -> Result<()> {
    let variables = args::environment().filter_map(|variable| variable.split_once('='));
    let variables = variables.map(|(name, value)| (name.into(), value.into())).collect();
    let mut shell = Shell { variables, status: 0 };
    let words: Vec<&str> = args::args().skip(1).collect();
    match words[..] {
        [] => shell.interact(),
        ["-c", commands] => {
            shell.run(commands);
            process::exit(shell.status)
        }
        ["--version"] => {
            println!("ion {} ({})", env!("CARGO_PKG_VERSION"), env!("ION_REVISION"));
            Ok(())
        }
        _ => {
            println!("usage: ion [-c COMMANDS | --version]");
            process::exit(2)
        }
    }
}

struct Shell {
    variables: BTreeMap<String, String>,
    status: usize,
}

impl Shell {
    fn interact(&mut self) -> Result<()> {
        loop {
            let user = self.variables.get("USER").map_or("", String::as_str);
            let home = self.variables.get("HOME").map_or("/", String::as_str);
            prompt(&format!("{user}:{home}# "))?;
            let line = read_line(true)?;
            self.run(&line);
        }
    }

    fn run(&mut self, line: &str) {
        let variable = |name: &str| self.variables.get(name).cloned().unwrap_or_default();
        let commands = match words::parse(line, variable) {
            Ok(commands) => commands,
            Err(message) => {
                println!("ion: {message}");
                self.status = 2;
                return;
            }
        };
        for command in commands {
            // It changes from command to command.
            let status = self.status.to_string();
            let words: Vec<String> = command.iter().map(|word| word.replace(words::STATUS, &status)).collect();
            self.command(&words);
        }
    }

    fn command(&mut self, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.status = match words[..] {
            [] => return,
            ["exit"] => process::exit(self.status),
            ["exit", status] => process::exit(status.parse().unwrap_or(2)),
            ["export", setting] => {
                let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
                self.variables.insert(name.into(), value.into());
                0
            }
            _ => self.program(&words),
        };
    }

    /// Runs a program and waits for it; its status.
    fn program(&self, words: &[&str]) -> usize {
        let Some((path, file)) = self.find(words[0]) else {
            println!("ion: command not found: {}", words[0]);
            return NOT_FOUND;
        };
        let environment: Vec<String> = self.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let environment = environment.iter().map(String::as_str);
        let standard = [(0, 0), (1, 1), (2, 2)];
        match process::spawn(&file, &path, words.iter().copied(), environment, &standard) {
            Ok(program) => program.wait().unwrap_or(NOT_STARTED),
            Err(error) => {
                println!("ion: {path} {error}");
                NOT_STARTED
            }
        }
    }

    /// A program's path and bytes: a name without a slash is looked for in the folders of PATH.
    fn find(&self, name: &str) -> Option<(String, Vec<u8>)> {
        let folders = self.variables.get("PATH").map_or("", String::as_str);
        let mut candidates: Vec<String> = folders.split(':').map(|folder| format!("{folder}/{name}")).collect();
        if name.contains('/') {
            candidates = [name.into()].into();
        }
        candidates.into_iter().find_map(|path| {
            let file = Fd::read_only(&path).and_then(|file| file.read_to_end()).ok()?;
            Some((path, file))
        })
    }
}
