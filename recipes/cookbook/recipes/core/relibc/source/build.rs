//! Compiles what is written in C for the target, with the compiler that the `cc` crate finds for it.

fn main() {
    println!("cargo:rerun-if-changed=src/c/format.c");
    cc::Build::new()
        .flag("-nostdinc")
        .flag("-nostdlib")
        .flag("-ffreestanding")
        .flag("-fno-stack-protector")
        .opt_level(2)
        .debug(false)
        .file("src/c/format.c")
        .compile("relibc_c");
}
