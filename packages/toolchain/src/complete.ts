import { chmod, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError, writeFileWhole } from '@nx-redox/kit';
import { RUST, RUST_VERSION_STRING } from './pins';
import type { StableRust } from './stable';

/** `bin/rustc` of a completed toolchain. */
const LAUNCHER = `#!/bin/sh
# One rustc, two code generation backends: LLVM's is the stable compiler of the same version and
# commit, Cranelift's (the default) is the compiler beside this file. Their crates link together.
self=$0
[ -L "$self" ] && self=$(readlink -f "$self")
here=$(cd "$(dirname "$self")" && pwd)
case " $* " in
*"-Zcodegen-backend=llvm "* | *"-Z codegen-backend=llvm "*)
  # rustc takes the option once, and the caller's own goes first.
  case " $* " in
  *" --sysroot "* | *" --sysroot="*) exec "$here/rustc-llvm" "$@" ;;
  *) exec "$here/rustc-llvm" --sysroot "$here/.." "$@" ;;
  esac ;;
esac
# asm!, global_asm! and naked functions are assembled by LLVM.
CG_CLIF_ASM_RUSTC=\${CG_CLIF_ASM_RUSTC:-$here/rustc-llvm}
export CG_CLIF_ASM_RUSTC
exec "$here/rustc-cranelift" "$@"
`;

/** The script with which a person completes an unpacked archive by hand; {@link completeToolchain} does the same. */
export function installScript(host: string): string {
  return `#!/bin/sh
# Completes this tree into a usable toolchain with two backends, in place.
#
#   install.sh [SYSROOT]
#
# SYSROOT is an unmodified stable Rust ${RUST.version} for this machine; by default rustup's toolchain
# ${RUST.version} or, failing that, the one of the rustc on PATH. Nothing in it is changed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
host=${host}
want='rustc ${RUST_VERSION_STRING}'
base=\${1:-$(RUSTUP_TOOLCHAIN=${RUST.version} rustc --print sysroot 2>/dev/null || rustc --print sysroot)}
got=$("$base/bin/rustc" --version)
[ "$got" = "$want" ] || { echo "install.sh: $base holds '$got', need '$want'" >&2; exit 1; }
mkdir -p "$here/lib/rustlib/$host/lib"
for name in cargo rustdoc; do ln -sf "$base/bin/$name" "$here/bin/$name"; done
ln -sf "$base/bin/rustc" "$here/bin/rustc-llvm"
ln -sf "$base/lib/rustlib/$host/lib/"* "$here/lib/rustlib/$host/lib/"
ln -sf "$base/lib/rustlib/$host/lib/"libstd-*.so "$here/lib/"
[ -e "$here/lib/rustlib/$host/bin" ] || ln -s "$base/lib/rustlib/$host/bin" "$here/lib/rustlib/$host/bin"
cat > "$here/bin/rustc" <<'LAUNCHER'
${LAUNCHER}LAUNCHER
chmod +x "$here/bin/rustc"
"$here/bin/rustc" -vV
`;
}

async function link(target: string, path: string): Promise<void> {
  const present = await readlink(path).catch(() => undefined);
  if (present === target) return;
  await rm(path, { force: true });
  await symlink(target, path);
}

/**
 * Completes the unpacked Cranelift half in `root` with links to the stable toolchain of the same version,
 * and writes the launcher `bin/rustc`. Nothing in the stable toolchain is changed.
 *
 * @throws {UserError} if `root` is no Cranelift half for this machine.
 */
export async function completeToolchain(root: string, stable: StableRust): Promise<void> {
  const { host } = stable;
  const backends = join(root, 'lib/rustlib', host, 'codegen-backends');
  if (!existsSync(join(root, 'bin/rustc-cranelift')) || !existsSync(backends)) {
    const hosts = existsSync(join(root, 'lib/rustlib'))
      ? (await readdir(join(root, 'lib/rustlib'))).filter((name) => name !== 'src')
      : [];
    throw new UserError(
      hosts.length > 0 && !hosts.includes(host)
        ? `the archive is for ${hosts.join(', ')}, this machine is ${host}`
        : 'the archive does not hold the Cranelift half of a toolchain (bin/rustc-cranelift and its backend)',
    );
  }
  const from = join(stable.root, 'lib/rustlib', host, 'lib');
  const to = join(root, 'lib/rustlib', host, 'lib');
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    await link(join(from, name), join(to, name));
    // rustc-cranelift itself is linked with the standard library as a shared object.
    if (/^libstd-.*\.(so|dylib)$/.test(name)) await link(join(from, name), join(root, 'lib', name));
  }
  await link(join(stable.root, 'lib/rustlib', host, 'bin'), join(root, 'lib/rustlib', host, 'bin'));
  for (const name of ['cargo', 'rustdoc']) await link(join(stable.root, 'bin', name), join(root, 'bin', name));
  await link(join(stable.root, 'bin/rustc'), join(root, 'bin/rustc-llvm'));
  // rustc is written last: its presence says that the rest is there.
  await writeFileWhole(join(root, 'bin/rustc'), LAUNCHER, 0o755);
  await chmod(join(root, 'bin/rustc'), 0o755);
}
