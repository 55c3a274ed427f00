/** A kernel in upstream's form: `make`, a target file of its own, `build-std`, `--emit link=`, objcopy, a build script that writes into the source. */
export const KERNEL_FILES: Readonly<Record<string, string>> = {
  'recipes/kernel/recipe.toml': `[source]
git = "https://example.org/kernel.git"
[build]
template = "custom"
script = '''
cd "$COOKBOOK_SOURCE"
make install BUILD="$COOKBOOK_BUILD" DESTDIR="$COOKBOOK_STAGE"
'''
`,
  'recipes/kernel/source/Makefile': `SOURCE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
ARCH := $(word 1,$(subst -, ,$(TARGET)))
.PHONY: all install
all: $(BUILD)/kernel $(BUILD)/kernel.sym
$(BUILD)/kernel.all: $(SOURCE)/Cargo.toml $(shell find $(SOURCE)/src -name '*.rs')
	cargo rustc --bin kernel --manifest-path "$(SOURCE)/Cargo.toml" --target "$(SOURCE)/targets/$(ARCH)-unknown-kernel.json" \\
	  --release -Z build-std=core,alloc -Zbuild-std-features=compiler-builtins-mem -Z json-target-spec \\
	  -- -C link-arg=-T -C link-arg="$(SOURCE)/linkers/$(ARCH).ld" -C link-arg=-z -C link-arg=max-page-size=0x1000 --emit link="$@"
$(BUILD)/kernel.sym: $(BUILD)/kernel.all
	$(GNU_TARGET)-objcopy --only-keep-debug "$<" "$@"
$(BUILD)/kernel: $(BUILD)/kernel.all
	$(GNU_TARGET)-objcopy --strip-debug "$<" "$@"
install: all
	mkdir -p "$(DESTDIR)/usr/lib/boot"
	cp "$(BUILD)/kernel" "$(BUILD)/kernel.sym" "$(DESTDIR)/usr/lib/boot"
`,
  'recipes/kernel/source/Cargo.toml': `[package]
name = "kernel"
version = "0.5.12"
edition = "2024"
[dependencies]
seed = { path = "seed" }
[profile.release]
panic = "abort"
lto = "fat"
debug = "full"
[workspace]
`,
  'recipes/kernel/source/Cargo.lock': `version = 4
[[package]]
name = "kernel"
version = "0.5.12"
dependencies = ["seed"]
[[package]]
name = "seed"
version = "0.1.0"
`,
  'recipes/kernel/source/build.rs': `fn main() {
    std::fs::write("config.toml", "# written by build.rs").unwrap();
    println!("cargo::rustc-env=KERNEL_TARGET={}", std::env::var("TARGET").unwrap());
}
`,
  'recipes/kernel/source/src/main.rs': `#![no_std]
#![no_main]
extern crate alloc;
use core::alloc::{GlobalAlloc, Layout};
struct Bump;
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 { (0x8000_0000 as *mut u8).wrapping_add(layout.align()) }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
#[global_allocator]
static HEAP: Bump = Bump;
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
core::arch::global_asm!(".globl kstart", "kstart:", "b {}", sym begin);
extern "C" fn begin() -> ! {
    // Of alloc, code that would clean up if it unwound.
    let name = alloc::format!("{} {}", env!("KERNEL_TARGET"), seed::grow(3));
    core::hint::black_box(name);
    loop {}
}
`,
  'recipes/kernel/source/seed/Cargo.toml': `[package]
name = "seed"
version = "0.1.0"
edition = "2024"
`,
  'recipes/kernel/source/seed/src/lib.rs': `#![no_std]
#[inline(never)]
pub fn grow(by: u64) -> u64 { by * 2 }
`,
  'recipes/kernel/source/linkers/aarch64.ld': `ENTRY(kstart)
KERNEL_OFFSET = 0xFFFFFF0000000000;
SECTIONS {
  . = KERNEL_OFFSET;
  . += SIZEOF_HEADERS;
  .text ALIGN(4096) : { *(.text*) }
  .rodata ALIGN(4096) : { *(.rodata*) }
  .data ALIGN(4096) : { *(.data*) *(.got*) *(.bss*) }
  /DISCARD/ : { *(.eh_frame*) }
}
`,
  // The soft-float ABI by the key of rustc 1.97, which 1.95 refuses; a triple whose object format Cranelift does not know;
  // that a panic aborts, only the profile says.
  'recipes/kernel/source/targets/aarch64-unknown-kernel.json': JSON.stringify({
    'llvm-target': 'aarch64-unknown-none',
    'target-pointer-width': 64,
    'data-layout': 'e-m:e-p270:32:32-p271:32:32-p272:64:64-i8:8:32-i16:16:32-i64:64-i128:128-n32:64-S128-Fn32',
    arch: 'aarch64',
    os: 'none',
    abi: 'softfloat',
    'rustc-abi': 'softfloat',
    linker: 'rust-lld',
    'linker-flavor': 'gnu-lld',
    features: '+v8a,+strict-align,-neon,-fp-armv8,+tpidr-el1',
    'position-independent-executables': false,
    'frame-pointer': 'always',
    'disable-redzone': true,
  }),
};
