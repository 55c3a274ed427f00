//! Starts what `/scheme/initfs/etc/init.rc` names, and the scripts of the roots that it switches to, in their order,
//! and ends the system: good when all went well.
#![no_std]
#![no_main]

extern crate alloc;

mod script;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rt::fd::Fd;
use rt::syscall::{ENOENT, O_RDONLY, O_RDWR};
use rt::{println, process};
use script::Command;

const ROOT: &str = "/scheme/initfs";
const ETC: &str = "/scheme/initfs/etc";
/// The serial line.
const DEBUG: &str = "/scheme/debug";
/// Descriptor by which a program says that it is ready; its number is in `INIT_NOTIFY`.
const NOTIFY_FD: usize = 3;

rt::entry!(main);

fn main() -> rt::Result<()> {
    let verdict = match run_scripts() {
        Ok(()) => {
            println!("init: boot complete");
            abi::stop::SHUTDOWN
        }
        Err(message) => {
            println!("init: FAILED: {message}");
            abi::stop::FAIL
        }
    };
    Fd::write_only("/scheme/sys/kstop")?.write_all(verdict)
}

/// What lines of the script change for the programs after them.
#[derive(Default)]
struct Settings {
    environment: BTreeMap<String, String>,
    /// Where programs write; the serial line as long as nothing else was said.
    stdio: Option<String>,
}

/// A folder with programs in `bin`, and one with a script.
type Root = (String, String);

fn run_scripts() -> Result<(), String> {
    let mut settings = Settings::default();
    let mut next = Some((ROOT.into(), ETC.into()));
    while let Some((root, etc)) = next {
        println!("init: switchroot to {root} {etc}");
        settings.environment.insert("PATH".into(), format!("{root}/bin"));
        next = settings.run_script(&format!("{etc}/init.rc"))?;
    }
    Ok(())
}

impl Settings {
    /// Runs a script to its end, or to the root that it switches to.
    fn run_script(&mut self, script: &str) -> Result<Option<Root>, String> {
        println!("init: running {script}");
        let text = read(script).map_err(|error| format!("{script}: {error}"))?;
        let text = String::from_utf8(text).map_err(|_| format!("{script}: is not UTF-8"))?;
        for (index, line) in text.lines().enumerate() {
            let at = |message: String| format!("{script}:{}: {message}", index + 1);
            let command = {
                let variable = |name: &str| self.environment.get(name).map(String::as_str);
                script::parse(line, variable).map_err(|error| at(format!("{error}")))?
            };
            match command {
                None => {}
                Some(Command::Echo(text)) => println!("{text}"),
                Some(Command::Stdio(path)) => self.stdio = Some(path).filter(|path| path != DEBUG),
                Some(Command::Export(name, value)) => {
                    self.environment.insert(name, value);
                }
                Some(Command::SwitchRoot { root, etc }) => return Ok(Some((root, etc))),
                Some(Command::Run { words, wait }) => self.run(&words, wait).map_err(at)?,
            }
        }
        Ok(None)
    }

    /// Starts a program and waits until it is ready or has ended well.
    fn run(&self, words: &[String], wait: bool) -> Result<(), String> {
        let name = &words[0];
        let (path, file) = self.find(name)?;
        let failed = |what: &'static str| move |error| format!("{what}: {error}");
        let output = self.output(&path).map_err(failed("standard output"))?;

        let ready = Fd::open("/scheme/pipe", O_RDONLY).map_err(failed("pipe"))?;
        let notify = ready.dup(b"write").map_err(failed("pipe"))?;
        let variables = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let variables: Vec<String> = variables.chain([format!("INIT_NOTIFY={NOTIFY_FD}")]).collect();
        let fds = [(0, 0), (output.raw(), 1), (output.raw(), 2), (notify.raw(), NOTIFY_FD)];
        let args = words.iter().map(String::as_str);
        let process = process::spawn(&file, &path, args, variables.iter().map(String::as_str), &fds);
        let process = process.map_err(|error| format!("{path} {error}"))?;

        // Without a copy here, the end of the program ends the pipe, too.
        drop(notify);
        if wait && ready.read(&mut [0]).map_err(failed("pipe"))? == 0 {
            match process.wait().map_err(failed("wait"))? {
                0 => {}
                status => return Err(format!("{path} ended with status {status}")),
            }
        }
        Ok(())
    }

    /// A program's path and bytes: a name without a slash is looked for in the directories of PATH.
    fn find(&self, name: &str) -> Result<(String, Vec<u8>), String> {
        let candidates: Vec<String> = if name.contains('/') {
            [name.into()].into()
        } else {
            let path = self.environment.get("PATH").map_or("", String::as_str);
            path.split(':').map(|directory| format!("{directory}/{name}")).collect()
        };
        for candidate in candidates {
            match read(&candidate) {
                Ok(file) => return Ok((candidate, file)),
                Err(error) if error.errno == ENOENT => {}
                Err(error) => return Err(format!("{candidate}: {error}")),
            }
        }
        Err(format!("program not found: {name}"))
    }

    /// A log gets one file for each program, so that it knows who writes.
    fn output(&self, path: &str) -> rt::Result<Fd> {
        match &self.stdio {
            Some(stdio) => {
                let name = path.rsplit('/').next().unwrap_or(path);
                Fd::open(&format!("{stdio}/{name}"), O_RDWR)
            }
            None => Fd::open(DEBUG, O_RDWR),
        }
    }
}

fn read(path: &str) -> rt::Result<Vec<u8>> {
    Fd::read_only(path)?.read_to_end()
}
