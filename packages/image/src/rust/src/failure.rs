use std::io;

/// Why a disk cannot be written or read.
pub enum Failure {
    /// For people.
    Message(String),
    /// Something has room for so many bytes and needs more.
    TooSmall { part: &'static str, need: u64, room: u64 },
}

impl Failure {
    pub fn of(what: &str, error: syscall::error::Error) -> Self {
        Failure::Message(format!("{what}: {error}"))
    }

    pub fn io(what: impl std::fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| Failure::Message(format!("{what}: {error}"))
    }
}
