//! Links bootstrap for its place in the initfs image.

use std::env;

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let arch = env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it");
    println!("cargo::rerun-if-changed=linker/{arch}.ld");
    println!("cargo::rustc-link-arg=-z");
    println!("cargo::rustc-link-arg=max-page-size=4096");
    println!("cargo::rustc-link-arg=-T{root}/linker/{arch}.ld");
}
