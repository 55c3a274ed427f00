import { type Elf, type ElfSymbol, hex, SHN_UNDEF, STT_FILE, STT_SECTION } from '@nx-redox/binary';
import type { Rule } from './rule';

function definedSymbols(elf: Elf): ElfSymbol[] {
  return elf
    .symbols()
    .filter((s) => s.section !== SHN_UNDEF && s.type !== STT_FILE && s.type !== STT_SECTION && s.name !== '');
}

// A crate root in rustc's v0 mangling: "Cs<hash in base 62>_<length><name>"; 64 bits are at most 11 digits.
const crateRoots = (name: string) => new RegExp(`Cs([0-9a-zA-Z]{1,11})_${name.length}${name}`);
const REDOX_RT = crateRoots('redox_rt');
// The allocator's entry points, plain or mangled as "_R…7___rustc12___rust_alloc". A C library's own have another prefix.
const ALLOCATOR =
  /^(?:_R\w+___rustc\d+_)?(__(?:rust|rdl|rg)_(?:alloc|dealloc|realloc|alloc_zeroed|alloc_error_handler))$/;

/** What only a file with its symbol table shows. */
export const symbolRules: readonly Rule[] = [
  {
    id: 'entry-symbol',
    reason:
      'Without an entry symbol some linkers take the beginning of .text as the entry point: the program starts in the ' +
      'middle of nowhere and faults before main.',
    fix: 'link the CRT objects (crt0.o, crti.o, crtn.o), or define _start as a #[no_mangle] function',
    *check(elf) {
      if (!elf.hasSymbols || elf.entry === 0n) return;
      const symbols = definedSymbols(elf);
      if (symbols.length > 0 && !symbols.some((symbol) => symbol.value === elf.entry && !symbol.name.startsWith('$'))) {
        yield `no symbol is at its entry point ${hex(elf.entry)}`;
      }
    },
  },
  {
    id: 'one-redox-rt',
    kinds: ['bootstrap', 'program'],
    severity: 'warning',
    reason:
      "redox-rt keeps the process's state in statics. Of two copies, one is never set up: fork panics with " +
      '"cannot use ForkArgs::Managed", or the program crashes.',
    fix: 'let the crate graph and libc.a use the same redox-rt: patch it to the one of relibc, or use libc instead of the crate',
    *check(elf) {
      const copies = new Set<string>();
      for (const { name } of definedSymbols(elf)) {
        const copy = REDOX_RT.exec(name)?.[1];
        if (copy) copies.add(copy);
      }
      if (copies.size > 1)
        yield `it has ${copies.size} copies of redox-rt (crate hashes ${[...copies].sort().join(', ')})`;
    },
  },
  {
    id: 'one-allocator',
    severity: 'warning',
    reason: 'Memory that one copy of the allocator gave out and another takes back corrupts the heap.',
    fix: 'rename libc.a\'s copies when it is made (relibc\'s renamesyms.sh), and do not link with "-z muldefs"',
    *check(elf) {
      const counts = new Map<string, number>();
      for (const { name } of definedSymbols(elf)) {
        const symbol = ALLOCATOR.exec(name)?.[1];
        if (symbol) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
      }
      const doubled = [...counts].filter(([, count]) => count > 1).map(([name, count]) => `${name} (${count} times)`);
      if (doubled.length > 0) yield `it defines ${doubled.sort().join(', ')}`;
    },
  },
  {
    id: 'stripped',
    severity: 'info',
    reason: 'The initfs is in memory three times during the boot, and its format and budget are limited.',
    fix: 'put the stripped file into the stage and keep this one beside it, for traces',
    *check(elf) {
      const dead = elf.sections.filter(
        (s) => (s.flags & 2n) === 0n && (s.name.startsWith('.debug') || s.name === '.symtab' || s.name === '.strtab'),
      );
      const size = dead.reduce((sum, section) => sum + section.size, 0);
      if (size > 0) yield `it is not stripped: ${size} bytes of symbols and debug information`;
    },
  },
];
