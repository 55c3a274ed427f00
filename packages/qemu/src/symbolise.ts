import {
  demangle,
  type Elf,
  functionTable,
  type FunctionTable,
  isElfFile,
  type LineTable,
  lineTable,
  readElf,
  type SourcePlace,
} from '@nx-redox/binary';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

/** An unstripped ELF file, ready for looking up addresses. */
export interface DebugFile {
  /** File name without its folder: the name of the program. */
  name: string;
  /** Other names that the program has in the system. */
  aliases: readonly string[];
  functions: FunctionTable;
  lines: LineTable;
  /** Whether a path, relative to the workspace, is that of a source there. */
  isThere(path: string): boolean;
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
  /** Place in the source; the file relative to the workspace, if it is in it. */
  at?: SourcePlace;
}

/** An unstripped file, and names that its program has in the system beside the file's own. */
export interface DebugFileOptions {
  file: string;
  as: readonly string[];
}

/** What builds name the workspace, wherever it is. */
const WORKSPACE = '/workspace/';

/** Crates of the compiler, whose sources have names without a folder, as if they lay in that of the program. */
const LIBRARY = /^.*?\/((?:core|alloc|std)\/src\/.*)$/;

/** A source file relative to the workspace, if it is in it: `isThere` knows. */
function sourceName(file: string, isThere: (path: string) => boolean): { name: string; own: boolean } {
  const path = file.startsWith(WORKSPACE) ? file.slice(WORKSPACE.length) : undefined;
  if (path !== undefined && isThere(path)) return { name: path, own: true };
  return { name: LIBRARY.exec(file)?.[1] ?? path ?? file, own: false };
}

/** Whether a file begins as ELF files do; one that cannot be read is reported when it is wanted. */
function mayBeElf(file: string): boolean {
  try {
    return isElfFile(file);
  } catch {
    return true;
  }
}

/** The files that paths name: themselves, or the ELF files of a folder; a folder that is not there holds none. */
async function filesOf(
  root: string,
  paths: readonly (string | DebugFileOptions)[],
): Promise<(string | DebugFileOptions)[]> {
  const lists = paths.map(async (path) => {
    if (typeof path !== 'string') return [path];
    const file = resolve(root, path);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined && path.endsWith('/')) return [];
    if (!found?.isDirectory()) return [path];
    const entries = await readdir(file, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter(mayBeElf)
      .sort();
  });
  return (await Promise.all(lists)).flat();
}

/** Reads unstripped ELF files, or those in a folder; those that cannot be read are reported in `problems`, since a diagnosis must not fail. */
export async function loadDebugFiles(
  root: string,
  paths: readonly (string | DebugFileOptions)[],
): Promise<{ files: DebugFile[]; problems: string[] }> {
  const isThere = (path: string) => existsSync(join(root, path));
  const files: DebugFile[] = [];
  const problems: string[] = [];
  for (const given of await filesOf(root, paths)) {
    const { file: path, as: aliases } = typeof given === 'string' ? { file: given, as: [] } : given;
    try {
      const elf = await readElf(resolve(root, path));
      if (!elf.hasSymbols) problems.push(`${path} has no symbols`);
      else
        files.push({
          name: basename(path),
          aliases,
          functions: functionTable(elf),
          lines: lineTable(elf),
          isThere,
          elf,
        });
    } catch (error) {
      problems.push(`no symbols from ${path}: ${(error as Error).message}`);
    }
  }
  return { files, problems };
}

/**
 * Whether a file is that of a program.
 * @param program as the kernel prints it: `bin/logd`, `[bootstrap]`, `/scheme/initfs/bin/init`
 */
export function isFileOf(program: string, { name, aliases }: Pick<DebugFile, 'name' | 'aliases'>): boolean {
  const wanted = nameOf(program);
  // A name that fills the kernel's space for it can be cut.
  const isCut = Buffer.byteLength(program) >= NAME_SPACE;
  return [name, ...aliases].some((known) => known === wanted || (isCut && known.startsWith(wanted)));
}

/** A program's name without its folder. */
export const nameOf = (program: string) => basename(program).replace(/^\[|\]$/g, '');

/** Programs have the lower half of the addresses, the kernel has the upper one. */
export const KERNEL = 1n << 63n;

/**
 * The functions that an address may lie in. Programs share link addresses, so several files can have a function there:
 * if the program is known, its file alone counts.
 *
 * @param program as the kernel prints it
 */
export function symbolise(address: bigint, files: readonly DebugFile[], program?: string): SymbolHit[] {
  const owned = program === undefined || address >= KERNEL ? files : files.filter((file) => isFileOf(program, file));
  const hits = owned.flatMap(({ name, functions, lines, isThere }): SymbolHit[] => {
    const found = functions.lookup(address);
    if (!found) return [];
    // What was inlined from elsewhere says less than the line that it was inlined into, which is the one before.
    const accept = (file: string) => sourceName(file, isThere).own;
    const at = lines.lookup(address, { from: address - found.offset, accept }) ?? lines.lookup(address);
    return [
      {
        function: demangle(found.name),
        offset: Number(found.offset),
        file: name,
        ...(at === undefined ? {} : { at: { ...at, file: sourceName(at.file, isThere).name } }),
      },
    ];
  });
  if (address < KERNEL) return hits;
  // There is one kernel, and a build of it may leave it in several files: with its symbols, and these alone.
  const isFirst = (hit: SymbolHit, place: number) =>
    hits.findIndex((other) => other.function === hit.function && other.offset === hit.offset) === place;
  return hits.filter(isFirst);
}

/**
 * A place as a Rust panic names it, `src/main.rs:9:5`, relative to the workspace: panics name files as cargo does,
 * relative to its own workspace.
 */
export function panicPlace(place: string, files: readonly DebugFile[]): string {
  const [, path, rest] = /^(.*?)((?::\d+){1,2})$/.exec(place) ?? [];
  if (path === undefined || path.startsWith('/')) return place;
  const found = files.flatMap(({ lines, isThere }) => lines.filesNamed(path).map((file) => sourceName(file, isThere)));
  const own = [...new Set(found.filter((source) => source.own).map(({ name }) => name))];
  return own.length === 1 ? `${own[0]}${rest}` : place;
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

/** `recipes/mini/logd/src/main.rs:109:26`; a column of 0 is not known. */
const formatPlace = ({ file, line, column }: SourcePlace) => `${file}:${line}${column > 0 ? `:${column}` : ''}`;

/** `core::panicking::panic_fmt+0x24 (kernel) at src/panic.rs:7:5`; candidates are separated by `or`. */
export function formatHits(hits: readonly SymbolHit[]): string {
  const names = hits.map((hit) => {
    const place = hit.at === undefined ? '' : ` at ${formatPlace(hit.at)}`;
    return `${shorten(hit.function)}+0x${hit.offset.toString(16)} (${hit.file})${place}`;
  });
  const others = names.splice(MAX_HITS).length;
  return [...names, ...(others > 0 ? [`in ${others} more`] : [])].join(' or ');
}
