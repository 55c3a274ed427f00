//! Drivers' logging: what base's drivers call of the crate `redox-log` 0.1.5, written anew.
//!
//! Times are UTC. The zone is never looked up: that reads a file, and a disk driver that logs while it serves the file
//! system would wait for itself.

use std::fmt;
use std::fs::{create_dir_all, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use log::{Level, LevelFilter, Log, Metadata, Record, SetLoggerError};

/// Where log lines go, and which.
pub struct Output {
    to: Mutex<Box<dyn Write + Send>>,
    filter: LevelFilter,
    colours: bool,
    flush: bool,
}

pub struct OutputBuilder(Output);

impl OutputBuilder {
    pub fn with_endpoint(to: impl Write + Send + 'static) -> Self {
        OutputBuilder(Output {
            to: Mutex::new(Box::new(to)),
            filter: LevelFilter::Info,
            colours: false,
            flush: false,
        })
    }

    pub fn stdout() -> Self {
        Self::with_endpoint(io::stdout())
    }

    pub fn stderr() -> Self {
        Self::with_endpoint(io::stderr())
    }

    /// A new file in the RAM file system that init starts for logs.
    pub fn in_redox_logging_scheme(
        category: impl AsRef<Path>,
        subcategory: impl AsRef<Path>,
        file: impl AsRef<Path>,
    ) -> io::Result<Self> {
        let folder = Path::new("/scheme/logging").join(category).join(subcategory);
        create_dir_all(&folder)?;
        Ok(Self::with_endpoint(BufWriter::new(File::create(folder.join(file))?)))
    }

    pub fn with_filter(mut self, filter: LevelFilter) -> Self {
        self.0.filter = filter;
        self
    }

    pub fn with_ansi_escape_codes(mut self) -> Self {
        self.0.colours = true;
        self
    }

    pub fn flush_on_newline(mut self, flush: bool) -> Self {
        self.0.flush = flush;
        self
    }

    pub fn build(self) -> Output {
        self.0
    }
}

/// Writes each record to every output that wants its level.
#[derive(Default)]
pub struct RedoxLogger {
    outputs: Vec<Output>,
    process: String,
}

impl RedoxLogger {
    pub fn new() -> Self {
        Self::default()
    }

    /// Kept for its callers: there is no zone to look up.
    pub fn init_timezone() {}

    pub fn with_output(mut self, output: Output) -> Self {
        self.outputs.push(output);
        self
    }

    pub fn with_process_name(mut self, name: String) -> Self {
        self.process = name;
        self
    }

    /// Makes this the program's logger.
    pub fn enable(self) -> Result<&'static Self, SetLoggerError> {
        let finest = self.outputs.iter().map(|output| output.filter).max();
        let this: &'static Self = Box::leak(Box::new(self));
        log::set_logger(this)?;
        log::set_max_level(finest.unwrap_or(LevelFilter::Off));
        Ok(this)
    }
}

impl Log for RedoxLogger {
    fn enabled(&self, metadata: &Metadata) -> bool {
        self.outputs.iter().any(|output| metadata.level() <= output.filter)
    }

    fn log(&self, record: &Record) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        for output in self.outputs.iter().filter(|output| record.level() <= output.filter) {
            // A thread that panicked while it held the lock must not silence the others.
            let mut to = output.to.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let line = Line { now, record, process: &self.process, colours: output.colours };
            // One write for one line, so that lines of several drivers do not mix. Nobody could be told of an error.
            let _ = to.write_all(format!("{line}\n").as_bytes());
            if output.flush {
                let _ = to.flush();
            }
        }
    }

    fn flush(&self) {
        for output in &self.outputs {
            let _ = output.to.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).flush();
        }
    }
}

struct Line<'a> {
    now: Duration,
    record: &'a Record<'a>,
    process: &'a str,
    colours: bool,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let colour = match self.record.level() {
            _ if !self.colours => "",
            Level::Error => "\x1b[31m",
            Level::Warn => "\x1b[33m",
            Level::Info => "\x1b[34m",
            Level::Debug | Level::Trace => "\x1b[37m",
        };
        let reset = if self.colours { "\x1b[0m" } else { "" };
        let target = self.record.module_path().unwrap_or(self.record.target());
        write!(f, "{} [{}@{target}", Utc(self.now), self.process)?;
        if let Some(line) = self.record.line() {
            write!(f, ":{line}")?;
        }
        write!(f, " {colour}{}{reset}] {}", self.record.level(), self.record.args())
    }
}

/// Time since 1970 as `2026-03-29T21:33:58.123Z`.
struct Utc(Duration);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (mut days, second) = (self.0.as_secs() / 86_400, self.0.as_secs() % 86_400);
        let leap = |year: u64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let mut year = 1970;
        while days >= 365 + u64::from(leap(year)) {
            days -= 365 + u64::from(leap(year));
            year += 1;
        }
        let february = 28 + u64::from(leap(year));
        let mut month = 1;
        for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let day = days + 1;
        let milli = self.0.subsec_millis();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let utc = |seconds| Utc(Duration::from_secs(seconds)).to_string();
        assert_eq!(utc(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(utc(951_782_399), "2000-02-28T23:59:59.000Z");
        assert_eq!(utc(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(utc(1_774_819_978), "2026-03-29T21:32:58.000Z");
    }

    #[test]
    fn lines() {
        let record = Record::builder().args(format_args!("two disks")).level(Level::Warn).target("nvmed").line(Some(7)).build();
        let line = Line { now: Duration::ZERO, record: &record, process: "", colours: false };
        assert_eq!(line.to_string(), "1970-01-01T00:00:00.000Z [@nvmed:7 WARN] two disks");
    }
}
