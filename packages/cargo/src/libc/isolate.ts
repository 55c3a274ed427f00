import { type ArMember, type Elf, type ElfSymbol, isElf, parseElf, readAr } from '@nx-redox/binary';
import { type NewMember, writeArchive } from '@nx-redox/front';
import { crateOf } from './crate-of';
import { renameSymbols } from './rename';

/** What the names of a C library begin with that are its own affair; upstream's choice. */
const PREFIX = '__relibc_';

/**
 * Functions of C's mathematics that compiler_builtins brings for its own use. A program must find the mathematical
 * library's; the C library keeps these for itself (https://github.com/rust-lang/rust/issues/142119).
 */
const MATHEMATICS = new Set(
  ['cbrt', 'ceil', 'copysign', 'fabs', 'fdim', 'floor', 'fma', 'fmax', 'fmin', 'fmod', 'rint', 'round', 'sqrt', 'trunc']
    .flatMap((name) => [name, `${name}f`])
    .filter((name) => name !== 'fma'),
);

// The allocator's and the panic runtime's functions, which every program with its own alloc defines, too:
// `__rust_alloc`, `__rdl_oom`, since Rust 1.87 mangled as `…7___rustc12___rust_alloc`.
const RUNTIME = /^__(?:rust|rdl|rg)_(?:alloc|dealloc|realloc|oom|no_alloc)|7___rustc/;

const STB_LOCAL = 0;
const STB_WEAK = 2;

const isGlobal = ({ binding, name }: ElfSymbol) => binding !== STB_LOCAL && name !== '';
const isDefined = (symbol: ElfSymbol) => isGlobal(symbol) && symbol.section !== 0;

interface ObjectFile {
  member: ArMember;
  elf: Elf;
  /** Whether it is of the library's own crate. */
  own: boolean;
}

/** What {@link isolateLibrary} has done. */
export interface Isolated {
  bytes: Uint8Array;
  /** How many names were changed. */
  renamed: number;
  /** How many object files there are. */
  members: number;
}

/**
 * Hides the Rust inside of a C library, so that a program with its own core, alloc and allocator links with it without two
 * definitions of anything: as relibc's own renamesyms.sh does it, what the library's dependencies define gets a prefix, and
 * what its own crate defines is the C interface and keeps its name. Weak definitions of the dependencies, such as arithmetic
 * of compiler_builtins, never collide and stay; but those of mathematics get the prefix where upstream's stripcore.sh
 * takes them out, for then the library itself would lack them.
 *
 * @param bytes the staticlib that rustc made
 * @param ownCrate name of the library's crate, as in its object files' names
 * @throws {FormatError} if the archive or an object file in it is damaged.
 */
export function isolateLibrary(bytes: Uint8Array, ownCrate: string, file: string): Isolated {
  const objects = readAr(bytes, file).flatMap((member): ObjectFile[] => {
    if (!isElf(member.bytes)) return [];
    const elf = parseElf(member.bytes, `${file}(${member.name})`);
    return [{ member, elf, own: crateOf(member.name) === ownCrate }];
  });
  const interfaceNames = new Set<string>();
  const hidden = new Set<string>();
  for (const { elf, own } of objects) {
    for (const symbol of elf.symbols().filter(isGlobal)) {
      const { name, binding } = symbol;
      if (RUNTIME.test(name)) {
        hidden.add(name);
      } else if (isDefined(symbol)) {
        if (own) interfaceNames.add(name);
        else if (binding !== STB_WEAK || MATHEMATICS.has(name)) hidden.add(name);
      }
    }
  }
  for (const name of interfaceNames) hidden.delete(name);
  const newName = (name: string) => (hidden.has(name) ? `${PREFIX}${name}` : undefined);
  const members = objects.map(({ member, elf }): NewMember => ({
    name: member.name,
    bytes: renameSymbols(elf, newName),
    defines: elf
      .symbols()
      .filter(isDefined)
      .map(({ name }) => newName(name) ?? name),
  }));
  return { bytes: writeArchive(members), renamed: hidden.size, members: members.length };
}
