//! Who may use the system, as its configuration wrote it into `/etc`.
#![no_std]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

use rt::fd::Fd;
use rt::syscall::{EINVAL, Error, Result};

/// A line of `/etc/passwd`: `name;uid;gid;real name;home;shell`.
pub struct User {
    pub name: String,
    pub uid: String,
    pub gid: String,
    pub home: String,
    pub shell: String,
}

impl User {
    /// The user of a name, if there is one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find(name: &str) -> Result<Option<Self>> {
        Ok(read_text("/etc/passwd")?.lines().find_map(|line| {
            let [own, uid, gid, _, home, shell] = line.split(';').collect::<Vec<_>>()[..] else { return None };
            (own == name).then(|| Self {
                name: own.into(),
                uid: uid.into(),
                gid: gid.into(),
                home: home.into(),
                shell: shell.into(),
            })
        }))
    }

    /// The hash of the user's password, empty if there is none; `None` for users that cannot log in.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn password(&self) -> Result<Option<String>> {
        let hash =
            |line: &str| line.split_once(';').filter(|(name, _)| *name == self.name).map(|(_, hash)| hash.into());
        Ok(read_text("/etc/shadow")?.lines().find_map(hash))
    }
}

/// A file of text.
///
/// # Errors
/// When it cannot be read.
pub fn read_text(path: &str) -> Result<String> {
    String::from_utf8(Fd::read_only(path)?.read_to_end()?).map_err(|_| Error::new(EINVAL))
}
