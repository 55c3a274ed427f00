//! Says who runs this: called as `id` with numbers, called as `whoami` only the name.
#![no_std]
#![no_main]

use rt::syscall::{EPERM, Error, Result};
use rt::{args, println};

rt::entry!(main);

fn main() -> Result<()> {
    let variable = |name| args::env(name).ok_or(Error::new(EPERM));
    let (user, uid, gid) = (variable("USER")?, variable("UID")?, variable("GID")?);
    match args::name() {
        "whoami" => println!("{user}"),
        _ => println!("uid={uid}({user}) gid={gid}"),
    }
    Ok(())
}
