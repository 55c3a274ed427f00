//! Writes which system this is into the kernel, and the choices of its configuration into `config.toml`.

use std::path::Path;
use std::{env, fs};

/// What a fresh checkout begins with; the file belongs to whoever edits it.
const CONFIG: &str = "# Choices for this kernel; edit and build again.\nname = \"Redox OS\"\n";

fn main() {
    println!("cargo:rerun-if-changed=config.toml");
    println!("cargo:rerun-if-env-changed=COOKBOOK_SOURCE_IDENT");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let path = Path::new(&root).join("config.toml");
    if !path.exists() {
        fs::write(&path, CONFIG).expect("config.toml can be written");
    }
    let config = fs::read_to_string(&path).expect("config.toml can be read");
    let name = config.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    println!("cargo:rustc-env=KERNEL_NAME={}", name.unwrap_or("Redox OS"));
    let ident = env::var("COOKBOOK_SOURCE_IDENT").unwrap_or_else(|_| "unknown".into());
    println!("cargo:rustc-env=KERNEL_IDENT={ident}");
}
