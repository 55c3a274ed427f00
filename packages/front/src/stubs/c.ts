import { dirname, join } from 'node:path';
import { shellQuote } from '@nx-redox/kit';
import { type FrontSettings, placesOf } from '../settings';

/** Says that a program of this machine was used; what it is goes into the record afterwards. */
const used = (settings: FrontSettings, program: string): string =>
  `: >>${shellQuote(join(placesOf(settings.dir).used, program))}`;

/** A program of the binutils: one of LLVM's, as it is. */
export function toolStub(settings: FrontSettings, name: string, path: string, args: readonly string[] = []): string {
  return `#!/bin/sh
${used(settings, name)}
exec ${[path, ...args].map(shellQuote).join(' ')} "$@"
`;
}

/** The linker, which writes down what it has read. */
export function linkerStub(settings: FrontSettings, linker: string): string {
  const { links, linkNotes } = placesOf(settings.dir);
  return `#!/bin/sh
${used(settings, 'rust-lld')}
for word do case $word in -[vV] | --version | --help | --dependency-file=*) exec ${shellQuote(linker)} -flavor gnu "$@" ;; esac; done
note=${shellQuote(linkNotes)}/$$.d
printf '%s\\t%s\\n' "$PWD" "$note" >>${shellQuote(links)}
exec ${shellQuote(linker)} -flavor gnu "$@" "--dependency-file=$note"
`;
}

/** A program that is nowhere: it leaves a note of having been wanted. */
export function missingStub(settings: FrontSettings, wanted: string): string {
  return `#!/bin/sh
echo ${shellQuote(wanted)} >>${shellQuote(placesOf(settings.dir).missing)}
echo ${shellQuote(`${wanted}: not installed`)} >&2
exit 127
`;
}

/**
 * GNU's linker binds a conditional branch to the library's own function, where lld goes through the PLT, as for any
 * function that another library may replace. Such a branch reaches 1 MiB (AArch64, R_AARCH64_CONDBR19), and fails in a
 * large library that GNU's linker links.
 */
const BOUND_BRANCHES = `if [ -n "$shared" ]; then
  said=$(mktemp) || exit 1
  trap 'rm -f "$said"' EXIT
  "$clang" "$@" 2>"$said" && { cat "$said" >&2; exit; }
  status=$?
  if ! grep -E -q 'relocation R_AARCH64_(CONDBR19|TSTBR14) out of range' "$said"; then cat "$said" >&2; exit $status; fi
  echo 'warning: conditional branches cannot leave this library: its functions call each other directly' >&2
  set -- "$@" -Wl,-Bsymbolic-functions
fi
`;

/**
 * The C compiler for Redox: this machine's clang. It knows no Redox, whose ABI is that of Linux on these processors, so
 * Linux is its target and the macros say Redox. What is linked is static: start files and libc of the build's C library,
 * compiler_builtins in libgcc's place, nothing of this machine.
 */
export function compilerStub(settings: FrontSettings, clang: string, driver: string): string {
  const { arch, gnuTarget, libc, sysrootDir, dir } = settings;
  const { bin, runtime } = placesOf(dir);
  const include = libc === undefined ? [] : ['-isystem', join(dirname(libc.dir), 'include')];
  const base = [
    `--target=${arch}-unknown-linux-gnu`,
    ...['-U__linux__', '-U__linux', '-Ulinux', '-U__gnu_linux__', '-D__redox__', '-D__unix__', '-D__unix', '-Dunix'],
    `--sysroot=${sysrootDir}`,
    // Else clang takes the libraries of a GCC that it finds.
    ...['--gcc-toolchain=/nonexistent', '-Wno-unused-command-line-argument'],
    // Time and folders stay out of the bytes.
    ...settings.remap.map(([from, to]) => `-ffile-prefix-map=${from}=${to}`),
    ...(arch === 'aarch64' ? ['-mno-outline-atomics'] : []),
  ];
  const words = (list: readonly string[]) => list.map(shellQuote).join(' ');
  const start = libc === undefined ? [] : ['crt0.o', 'crti.o'].map((name) => join(libc.dir, name));
  const end = ['-lc', '-lgcc', ...(libc === undefined ? [] : [join(libc.dir, 'crtn.o')])];
  return `#!/bin/sh
# The C compiler for ${gnuTarget}: see docs/front.md.
${used(settings, 'clang')}
clang=${shellQuote(clang)}
link=1 start=1 libs=1 static=-static shared= inputs=
for word do
  case $word in
    -c | -S | -E | -M | -MM | -fsyntax-only) link= ;;
    -r) start= libs= static= ;;
    -nostdlib) start= libs= ;;
    -nostartfiles) start= ;;
    -nodefaultlibs) libs= ;;
    -shared) start= static= shared=1 ;;
    -dumpmachine) echo ${shellQuote(gnuTarget)}; exit ;;
    -print-libgcc-file-name | --print-libgcc-file-name | -print-file-name=libgcc.a) want_libgcc=1 ;;
    -print-sysroot | --print-sysroot) echo ${shellQuote(sysrootDir)}; exit ;;
    -[vV] | --version | --help | -dumpversion | -print-* | --print-*) ;;
    -*) ;;
    *) inputs=1 ;;
  esac
done
if [ -z "\${want_libgcc:-}" ] && { [ -z "$link" ] || [ -z "$inputs" ]; }; then
  exec "$clang" ${words(base)} ${words(include)} "$@"
fi
runtime=${shellQuote(runtime)}
[ -e "$runtime" ] || ${driver} runtime || exit 1
if [ -n "\${want_libgcc:-}" ]; then echo "$runtime/libgcc.a"; exit; fi
set -- "$@" ${libc === undefined ? '' : `-L${shellQuote(libc.dir)} `}"-L$runtime"
if [ -n "$start" ]; then set -- ${words(start)} "$@"; fi
if [ -n "$libs" ]; then set -- "$@" ${words(end)}; fi
if [ -n "$static" ]; then set -- "$static" -no-pie "$@"; fi
set -- ${words(base)} ${words(include)} --ld-path=${shellQuote(join(bin, `${gnuTarget}-ld`))} -nostdlib "$@"
${arch === 'aarch64' ? BOUND_BRANCHES : ''}exec "$clang" "$@"
`;
}
