import { demangle, type Elf, functionTable, type FunctionTable, readElf } from '@nx-redox/binary';
import { readdir, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';

/** An unstripped ELF file, ready for looking up addresses. */
export interface DebugFile {
  /** File name without its folder: the name of the program. */
  name: string;
  functions: FunctionTable;
  elf: Elf;
}

/** A function that an address lies in. */
export interface SymbolHit {
  /** Demangled. */
  function: string;
  /** Bytes from the function's start. */
  offset: number;
  /** Name of the ELF file. */
  file: string;
}

/** The files that paths name: themselves, or all that lie in a folder; a folder that is not there holds none. */
async function filesOf(root: string, paths: readonly string[]): Promise<string[]> {
  const lists = paths.map(async (path) => {
    const file = isAbsolute(path) ? path : join(root, path);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined && path.endsWith('/')) return [];
    if (!found?.isDirectory()) return [path];
    const entries = await readdir(file, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  });
  return (await Promise.all(lists)).flat();
}

/** Reads unstripped ELF files, or all in a folder; those that cannot be read are reported in `problems`, since a diagnosis must not fail. */
export async function loadDebugFiles(
  root: string,
  paths: readonly string[],
): Promise<{ files: DebugFile[]; problems: string[] }> {
  const files: DebugFile[] = [];
  const problems: string[] = [];
  for (const path of await filesOf(root, paths)) {
    try {
      const elf = await readElf(isAbsolute(path) ? path : join(root, path));
      if (!elf.hasSymbols) problems.push(`${path} has no symbols`);
      else files.push({ name: basename(path), functions: functionTable(elf), elf });
    } catch (error) {
      problems.push(`no symbols from ${path}: ${(error as Error).message}`);
    }
  }
  return { files, problems };
}

/**
 * Whether a file is that of a program.
 * @param program as Redox's kernel prints it behind NAME: `bin/logd`, `[bootstrap]`, `/scheme/initfs/bin/init`
 */
export function isFileOf(program: string, file: string): boolean {
  const name = basename(program).replace(/^\[|\]$/g, '');
  // A name that fills the kernel's space for it can be cut.
  return file === name || (Buffer.byteLength(program) >= NAME_SPACE && file.startsWith(name));
}

/**
 * The functions that an address may lie in. Programs share link addresses, so several files can have a function there:
 * the file of the program that was running counts alone if it is known and has one, else all are candidates.
 *
 * @param program as Redox's kernel prints it
 */
export function symbolise(address: bigint, files: readonly DebugFile[], program?: string): SymbolHit[] {
  const hits = files.flatMap(({ name, functions }) => {
    const found = functions.lookup(address);
    return found ? [{ function: demangle(found.name), offset: Number(found.offset), file: name }] : [];
  });
  const exact = program === undefined ? [] : hits.filter(({ file }) => isFileOf(program, file));
  return exact.length > 0 ? exact : hits;
}

/**
 * The files that have these bytes at this address: programs share link addresses, but hardly their code.
 * All files, if none has them or there are no bytes to compare.
 */
export function filesWithCode(files: readonly DebugFile[], start: bigint, code: Uint8Array): readonly DebugFile[] {
  const same = files.filter(({ elf }) => {
    const offset = elf.fileOffset(start);
    return offset !== undefined && Buffer.compare(elf.bytes.subarray(offset, offset + code.length), code) === 0;
  });
  return code.length > 0 && same.length > 0 ? same : files;
}

/** Bytes that Redox's kernel keeps of a program's name (CONTEXT_NAME_CAPAC in its src/context/context.rs). */
const NAME_SPACE = 32;
const MAX_NAME = 100;
/** So many programs that an address may lie in are named. */
const MAX_HITS = 4;
const shorten = (name: string) => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name);

/** `core::panicking::panic_fmt+0x24 (kernel)`; candidates are separated by `or`. */
export function formatHits(hits: readonly SymbolHit[]): string {
  const names = hits.map((hit) => `${shorten(hit.function)}+0x${hit.offset.toString(16)} (${hit.file})`);
  const others = names.splice(MAX_HITS).length;
  return [...names, ...(others > 0 ? [`in ${others} more`] : [])].join(' or ');
}
