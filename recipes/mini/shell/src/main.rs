//! A small shell on the serial line, for those who look around in mini. It is the last thing that init starts, and ends
//! at once if the machine was not started with the kernel argument `shell`. Behind it, mini switches itself off.
//!
//! Commands stand one behind the other, with `;` between them; words are quoted with `'` or `"`, and `$?` is the status
//! of the last command.
#![no_std]
#![no_main]

extern crate alloc;

mod words;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use fdt::Fdt;
use rt::fd::Fd;
use rt::syscall::Result;
use rt::terminal::{prompt, read_line};
use rt::{args, println, process, time};

/// What the kernel is given to have a shell.
const ARGUMENT: &str = "shell";
const PROMPT: &str = "mini> ";
const HELP: &str = "help, echo TEXT, cat FILE, uptime, true, false, exit [STATUS], or a program of /scheme/initfs/bin";

const WRONG: usize = 2;
const NOT_STARTED: usize = 126;
const NOT_FOUND: usize = 127;

rt::entry!(main);

fn main() -> Result<()> {
    if !is_wanted()? {
        return Ok(());
    }
    println!("shell: {HELP}");
    let mut status = 0;
    loop {
        prompt(PROMPT)?;
        run(&read_line(true)?, &mut status);
    }
}

fn is_wanted() -> Result<bool> {
    let tree = Fd::read_only("/scheme/kernel.dtb")?.read_to_end()?;
    let tree = Fdt::new(&tree).expect("the device tree is broken");
    Ok(tree.chosen().bootargs().is_some_and(|arguments| arguments.split_whitespace().any(|word| word == ARGUMENT)))
}

fn run(line: &str, status: &mut usize) {
    let variable = |name: &str| args::env(name).unwrap_or_default().into();
    match words::parse(line, variable) {
        Ok(commands) => {
            for command in commands {
                // It changes from command to command.
                let last = status.to_string();
                let words: Vec<String> = command.iter().map(|word| word.replace(words::STATUS, &last)).collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                *status = self::command(&words, *status);
            }
        }
        Err(message) => {
            println!("shell: {message}");
            *status = WRONG;
        }
    }
}

/// Does one command; its status.
fn command(words: &[&str], last: usize) -> usize {
    match *words {
        [] => last,
        ["help"] => {
            println!("{HELP}");
            0
        }
        ["echo", ref text @ ..] => {
            println!("{}", text.join(" "));
            0
        }
        ["cat", path] => match Fd::read_only(path).and_then(|file| file.read_to_end()) {
            Ok(data) => prompt(&String::from_utf8_lossy(&data)).map_or(1, |()| 0),
            Err(error) => {
                println!("cat: {path}: {error}");
                1
            }
        },
        ["uptime"] => time::monotonic().map_or(1, |up| {
            println!("{}.{:02} s", up.tv_sec, up.tv_nsec / 10_000_000);
            0
        }),
        ["true"] => 0,
        ["false"] => 1,
        ["exit"] => process::exit(0),
        ["exit", status] => process::exit(status.parse().unwrap_or(WRONG)),
        [name, ..] => program(name, words),
    }
}

/// Runs a program and waits for it; its status.
fn program(name: &str, words: &[&str]) -> usize {
    let path = if name.contains('/') { name.into() } else { format!("/scheme/initfs/bin/{name}") };
    let Ok(file) = Fd::read_only(&path).and_then(|file| file.read_to_end()) else {
        println!("shell: no such program: {name}");
        return NOT_FOUND;
    };
    let standard = [(0, 0), (1, 1), (2, 2)];
    match process::spawn(&file, &path, words.iter().copied(), core::iter::empty(), &standard) {
        Ok(program) => program.wait().unwrap_or(NOT_STARTED),
        Err(error) => {
            println!("shell: {path} {error}");
            NOT_STARTED
        }
    }
}
