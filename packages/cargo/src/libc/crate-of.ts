/**
 * The crate in rustc's name of an object file: `<crate>-<hash>.<codegen unit>.rcgu.o`, `….rcgu.asm.o`; undefined for other
 * files. The allocator's functions, which rustc makes for a whole program, are in a file of the crate that it links.
 */
export function crateOf(objectFile: string): string | undefined {
  return /^(\w+)[-.].*\.rcgu\.(?:asm\.)?o$/.exec(objectFile)?.[1];
}
