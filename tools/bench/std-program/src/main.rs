//! What a small daemon does with std: arguments, files, maps, threads, a channel, formatted text.
#![no_main]

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::sync::{Arc, Mutex, mpsc};
use std::{env, fmt, thread};

#[derive(Debug, Default)]
struct Counts {
    lines: u64,
    words: HashMap<String, u64>,
}

#[derive(Debug)]
enum Failure {
    Io(io::Error),
    Number(std::num::ParseIntError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::Io(error) => write!(f, "cannot read: {error}"),
            Failure::Number(error) => write!(f, "not a number: {error}"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Io(error)
    }
}

impl From<std::num::ParseIntError> for Failure {
    fn from(error: std::num::ParseIntError) -> Self {
        Failure::Number(error)
    }
}

fn count(path: &str, counts: &Mutex<Counts>) -> Result<usize, Failure> {
    let mut bytes = 0;
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        bytes += line.len();
        let mut counts = counts.lock().unwrap();
        counts.lines += 1;
        for word in line.split_whitespace() {
            *counts.words.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    Ok(bytes)
}

fn run() -> Result<(), Failure> {
    let least: u64 = env::var("LEAST").unwrap_or_else(|_| String::from("1")).parse()?;
    let counts = Arc::new(Mutex::new(Counts::default()));
    let (results, done) = mpsc::channel();
    let threads: Vec<_> = env::args()
        .skip(1)
        .map(|path| {
            let (counts, results) = (counts.clone(), results.clone());
            thread::spawn(move || results.send((count(&path, &counts), path)))
        })
        .collect();
    drop(results);
    for (result, path) in done {
        println!("{path}: {} bytes", result?);
    }
    for thread in threads {
        let _ = thread.join();
    }
    let counts = counts.lock().unwrap();
    let sorted: BTreeMap<_, _> = counts.words.iter().filter(|(_, times)| **times >= least).collect();
    let mut out = io::stdout().lock();
    for (word, times) in sorted {
        writeln!(out, "{times:>8} {word:?}")?;
    }
    writeln!(out, "{counts:#?}")?;
    Ok(())
}

/// Where the program starts: it is linked without a C library, to be measured and not to run.
#[unsafe(no_mangle)]
pub extern "C" fn entry() -> i32 {
    match run() {
        Ok(()) => 0,
        Err(failure) => {
            eprintln!("{failure}");
            1
        }
    }
}
