import { cargoToml, markerOf, OWN_VERSION } from './templates';
import type { Changes } from './crate';
import type { UnitKind } from './init-units';

/** The source of a program with std that does something that can be seen, and says that it is ready. */
const MAIN: Record<UnitKind, (name: string) => string> = {
  service: (
    name,
  ) => `//! A service: it goes on running, and init waits until it says that it is ready. One that serves a scheme does it with the
//! crate redox-scheme, and has \`type = { scheme = "${name}" }\` in its unit.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{FromRawFd, RawFd};
use std::time::Duration;
use std::{env, thread};

fn main() -> io::Result<()> {
    println!("${markerOf(name)}");
    tell_init()?;
    loop {
        thread::sleep(Duration::from_secs(60));
    }
}

/// Says that what waits for this service can start. Outside of init there is nobody to tell.
fn tell_init() -> io::Result<()> {
    let Some(notify) = env::var("INIT_NOTIFY").ok().and_then(|text| text.parse::<RawFd>().ok()) else {
        return Ok(());
    };
    // SAFETY: init opened it for this program, and nothing else here uses it.
    unsafe { File::from_raw_fd(notify) }.write_all(&[0])
}
`,
  program: (name) => `//! Says what time it is, and ends.

use std::time::UNIX_EPOCH;

fn main() {
    let seconds = UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs());
    println!("${markerOf(name)}, {seconds} seconds after the start of 1970");
}
`,
};

/** Files of a new crate that needs nothing but std and belongs to no Cargo workspace. */
export function stdCrate(dir: string, name: string, kind: UnitKind, description: string): Changes {
  const manifest = cargoToml(name, description, [], { keys: [], lints: false });
  return {
    [`${dir}/Cargo.toml`]: `${manifest.trimEnd()}\n\n[workspace]\n`,
    [`${dir}/Cargo.lock`]: `version = 4\n\n[[package]]\nname = "${name}"\nversion = "${OWN_VERSION}"\n`,
    [`${dir}/src/main.rs`]: MAIN[kind](name),
  };
}
