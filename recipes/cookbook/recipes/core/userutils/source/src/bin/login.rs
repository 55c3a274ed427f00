//! Asks on the serial line who is there, and starts the shell of whoever knows the password.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use alloc::string::String;

use argon2::password_hash::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use rt::fd::Fd;
use rt::syscall::Result;
use rt::terminal::{prompt, read_line};
use rt::{println, process};
use userutils::{User, read_text};

rt::entry!(main);

fn main() -> Result<()> {
    if let Ok(issue) = read_text("/etc/issue") {
        prompt(&issue)?;
    }
    let host = read_text("/etc/hostname").unwrap_or_default();
    loop {
        prompt(&format!("\x1b[1m{} login:\x1b[0m ", host.trim()))?;
        let name = read_line(true)?;
        if name.is_empty() {
            continue;
        }
        match admit(&name)? {
            Some(user) => run_shell(&user),
            None => println!("Login incorrect"),
        }
    }
}

/// The user, if the password is right.
fn admit(name: &str) -> Result<Option<User>> {
    let user = User::find(name)?;
    let hash = user.as_ref().map_or(Ok(None), User::password)?;
    if hash.as_deref() == Some("") {
        return Ok(user);
    }
    // Also asked when there is no such user: nobody learns the names.
    prompt("\x1b[1mpassword:\x1b[0m ")?;
    let password = read_line(false)?;
    Ok(user.filter(|_| hash.is_some_and(|hash| is_right(&password, &hash))))
}

fn is_right(password: &str, hash: &str) -> bool {
    let hash = PasswordHash::new(hash);
    hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Runs the user's shell until it ends.
fn run_shell(user: &User) {
    if let Ok(motd) = read_text("/etc/motd") {
        let _ = prompt(&motd);
    }
    if let Err(message) = try_run_shell(user) {
        println!("login: {}: {message}", user.shell);
    }
}

fn try_run_shell(user: &User) -> core::result::Result<(), String> {
    let file = Fd::read_only(&user.shell).and_then(|file| file.read_to_end()).map_err(|error| format!("{error}"))?;
    let variables = [
        format!("USER={}", user.name),
        format!("UID={}", user.uid),
        format!("GID={}", user.gid),
        format!("HOME={}", user.home),
        format!("SHELL={}", user.shell),
        "PATH=/usr/bin".into(),
    ];
    let name = user.shell.rsplit('/').next().unwrap_or("sh");
    let standard = [(0, 0), (1, 1), (2, 2)];
    let variables = variables.iter().map(String::as_str);
    let shell = process::spawn(&file, &user.shell, [name].into_iter(), variables, &standard);
    shell.map_err(|error| format!("{error}"))?.wait().map_err(|error| format!("{error}"))?;
    Ok(())
}
