import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { addPluginTo, setSystems } from '../generators/nx-json';

const SYSTEM = `[system]
name = "disk"
architectures = ["aarch64"]
kernel = "kernel"
initfs = "initfs"
boot = "uefi"
bootloader = "bootloader"

[backend]
default = "cranelift"
bootloader = { use = "llvm", because = "an EFI application is PE/COFF, which Cranelift's object writer does not make" }

[spec.user]
base = { aarch64 = "aarch64-unknown-redox" }
changes = ["rust-lld", "static-relocation", "no-pie", "panic-abort"]
std = true
libc = "relibc"

[image]
size = 128

[[image.files]]
from = "root/usr"
to = "usr"

[[image.files]]
from = "shell:usr/bin/shell"
to = "usr/bin/shell"

[[stage]]
name = "init"
pattern = "init: switchroot to /scheme/initfs /scheme/initfs/etc"
timeout = 60

[[stage]]
name = "root file system"
pattern = "the root file system is read"
timeout = 30

[[stage]]
name = "login"
pattern = "login:"
timeout = 60
send = "root\\r"

[[stage]]
name = "session"
pattern = "welcome"
timeout = 60

[qemu.aarch64]
machine = "virt"
cpu = "max"
memory = 1024
`;

const INITFS = `[source]
path = "."

[build]
template = "none"

[nx]
kind = "initfs"

[nx.initfs]
format = "C"
bootstrap = "bootstrap"

[[nx.initfs.files]]
from = "init:usr/bin/init"
to = "bin/init"
`;

const program = (spec: string) => `[source]
path = "."

[build]
template = "cargo"

[nx]
spec = "${spec}"
`;

const FILES: Record<string, string> = {
  'system.toml': SYSTEM,
  'initfs/recipe.toml': INITFS,
  ...Object.fromEntries(
    ['bootloader', 'bootstrap', 'init', 'kernel', 'relibc', 'shell'].map((name) => [
      `${name}/recipe.toml`,
      program('user'),
    ]),
  ),
  'root/usr/lib/init.d/00_root': 'echo the root file system is read\n',
  'root/usr/lib/init.d/30_console': 'requires_weak 00_root\nnowait getty /scheme/debug -J\n',
};

/** A virtual workspace with a system that boots from a disk, and whose init runs units of the root file system. */
export function treeWithUnits(): Tree {
  const tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  addPluginTo(tree, []);
  setSystems(tree, ['disk']);
  for (const [file, text] of Object.entries(FILES)) tree.write(`recipes/disk/${file}`, text);
  tree.write('recipes/toolchain/toolchain.toml', '[toolchain]\nrust = "1.95.0"\n');
  return tree;
}
