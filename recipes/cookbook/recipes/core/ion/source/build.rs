//! Tells the program which commit it is.

use std::process::Command;

fn main() {
    let head = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    let revision = head.ok().filter(|output| output.status.success());
    let revision = revision.and_then(|output| String::from_utf8(output.stdout).ok());
    println!("cargo:rustc-env=ION_REVISION={}", revision.as_deref().map_or("unknown", str::trim));
}
