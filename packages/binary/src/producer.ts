import { isAr, readAr } from './ar';
import { FormatError } from './byte-reader';
import { isCoffObject, parseCoffObject } from './coff';
import { ET_REL } from './constants';
import { compileUnits } from './dwarf';
import { type Elf, isElf, parseElf } from './elf';

/** Which of rustc's backends made a file's code. */
export type Producer = 'cranelift' | 'llvm' | 'mixed' | 'unknown';

/** One codegen unit (an object file, before linking) and who made it. */
export interface CodegenUnit {
  /** Name of the object file or of the codegen unit. */
  name: string;
  /** The crate, where the unit's name tells it. */
  crate?: string;
  /** `assembly`: a Cranelift crate's asm! and global_asm!, which LLVM assembles. `other`: no rustc. */
  by: 'cranelift' | 'llvm' | 'assembly' | 'other';
}

export interface ProducerReport {
  producer: Producer;
  /** False if a stripped file leaves open whether LLVM made code or only assembled some. */
  certain: boolean;
  /** What the verdict rests on, for people. */
  evidence: string[];
  /** Known codegen units; none in a stripped file and in a crate without code of its own. */
  units: CodegenUnit[];
}

// rustc's `.comment`: "rustc version 1.95.0 (59807616e 2026-04-14)", from Cranelift with " with cranelift 0.128.3".
const CRANELIFT = /^rustc version .* with cranelift /;
const RUSTC = /^rustc version /;
// DW_AT_producer from rustc's LLVM backend: "clang LLVM (rustc version 1.95.0 (…))".
const LLVM_PRODUCER = /^clang LLVM \(rustc version /;
// STT_FILE: "<crate>.<hash>-cgu.<n>", in incremental builds a hash in base 36; Cranelift appends ".o".
// The hash has no leading zeros.
const UNIT_NAME = /^(?:(?<crate>\w+)\.[0-9a-f]{1,16}-cgu\.\d+|[0-9a-z]{22,25})(?<object>\.o)?$/;
// cg_clif hands assembly to `rustc -`, whose crate name is rust_out.
const ASSEMBLY_CRATE = 'rust_out';

/**
 * Tells which backend compiled an ELF file or the objects of an archive (rlib, static library), which may be PE/COFF.
 * Looks at `.comment`, at the symbols that name source files and at DW_AT_producer.
 *
 * @throws {FormatError} if the bytes are neither, or are damaged.
 */
export function producerOf(bytes: Uint8Array, file?: string): ProducerReport {
  if (isAr(bytes)) return producerOfArchive(bytes, file);
  if (!isElf(bytes)) throw new FormatError('neither an ELF file nor an ar archive', 0, { file });
  const elf = parseElf(bytes, file);
  return elf.type === ET_REL ? conclude([unitOf(elf, file ?? 'object')], []) : producerOfLinked(elf);
}

function producerOfArchive(bytes: Uint8Array, file?: string): ProducerReport {
  const units: CodegenUnit[] = [];
  for (const member of readAr(bytes, file)) {
    // lib.rmeta is an ELF file or raw metadata, never code.
    if (member.name === 'lib.rmeta') continue;
    const place = `${file ?? 'archive'}(${member.name})`;
    if (isElf(member.bytes)) units.push(unitOf(parseElf(member.bytes, place), member.name));
    else if (isCoffObject(member.bytes)) units.push(producerOfCoff(member.bytes, place, member.name));
  }
  return conclude(units, []);
}

/** The codegen unit of an object file, which has one producer; assembly of a Cranelift crate is an object of its own. */
export function unitOf(elf: Elf, name: string): CodegenUnit {
  const comments = elf.comments();
  const fileSymbol = elf.sourceFiles()[0] ?? '';
  const named = UNIT_NAME.exec(fileSymbol)?.groups;
  const crate = named?.crate === ASSEMBLY_CRATE ? undefined : named?.crate;
  if (comments.some((text) => CRANELIFT.test(text))) return { name, crate, by: 'cranelift' };
  if (!comments.some((text) => RUSTC.test(text))) return { name, by: 'other' };
  const assembly = name.endsWith('.asm.o') || named?.crate === ASSEMBLY_CRATE;
  return { name, crate, by: assembly ? 'assembly' : 'llvm' };
}

/** LLVM writes no `.comment` into PE/COFF; the name of the codegen unit tells it from what no rustc has made. */
function producerOfCoff(bytes: Uint8Array, file: string, name: string): CodegenUnit {
  const { files, comments } = parseCoffObject(bytes, file);
  const named = files.map((text) => UNIT_NAME.exec(text)?.groups).find((groups) => groups !== undefined);
  const isAssembly = name.endsWith('.asm.o') || named?.crate === ASSEMBLY_CRATE;
  const crate = named?.crate === ASSEMBLY_CRATE ? undefined : named?.crate;
  if (comments.some((text) => CRANELIFT.test(text))) return { name, crate, by: 'cranelift' };
  return named === undefined ? { name, by: 'other' } : { name, crate, by: isAssembly ? 'assembly' : 'llvm' };
}

function producerOfLinked(elf: Elf): ProducerReport {
  const comments = elf.comments();
  const units = new Map<string, CodegenUnit>();
  for (const name of elf.sourceFiles()) {
    const groups = UNIT_NAME.exec(name)?.groups;
    if (!groups) continue;
    const assembly = groups.crate === ASSEMBLY_CRATE;
    const by = assembly ? 'assembly' : groups.object ? 'cranelift' : 'llvm';
    units.set(name, { name, crate: assembly ? undefined : groups.crate, by });
  }
  const { units: compiled, problem } = readableUnits(elf);
  for (const unit of compiled) {
    // rustc names a unit "src/main.rs/@/<codegen unit>".
    const name = unit.name.slice(unit.name.indexOf('/@/') + (unit.name.includes('/@/') ? 3 : 1));
    const crate = UNIT_NAME.exec(name)?.groups?.crate;
    const key = units.has(`${name}.o`) ? `${name}.o` : name;
    if (CRANELIFT.test(unit.producer)) units.set(key, { name: key, crate, by: 'cranelift' });
    else if (LLVM_PRODUCER.test(unit.producer)) units.set(key, { name: key, crate, by: 'llvm' });
  }
  const report = conclude([...units.values()], comments);
  return problem === undefined ? report : { ...report, evidence: [...report.evidence, problem] };
}

/** Debug information that cannot be read (split, damaged, compressed in an unknown way) costs its part of the evidence. */
function readableUnits(elf: Elf): { units: ReturnType<typeof compileUnits>; problem?: string } {
  try {
    return { units: compileUnits(elf) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { units: [], problem: `debug information was left out: ${error.message}` };
  }
}

function conclude(units: CodegenUnit[], comments: string[]): ProducerReport {
  const count = (by: CodegenUnit['by']) => units.filter((unit) => unit.by === by).length;
  const saysCranelift = comments.some((text) => CRANELIFT.test(text));
  const saysPlain = comments.some((text) => RUSTC.test(text) && !CRANELIFT.test(text));
  const cranelift = count('cranelift') > 0 || saysCranelift;
  // Beside Cranelift, the plain comment may come from assembly; only a unit proves code.
  const llvm = count('llvm') > 0 || (saysPlain && !cranelift && count('assembly') === 0);
  const evidence = comments.filter((text) => RUSTC.test(text)).map((text) => `.comment: ${text}`);
  for (const by of ['cranelift', 'llvm', 'assembly', 'other'] as const) {
    if (count(by) > 0) evidence.push(`${count(by)} codegen unit${count(by) === 1 ? '' : 's'} by ${by}`);
  }
  const producer = cranelift && llvm ? 'mixed' : cranelift ? 'cranelift' : llvm ? 'llvm' : 'unknown';
  const open = saysCranelift && saysPlain && units.length === 0;
  if (open) evidence.push('stripped: the plain rustc comment is from assembly or from a crate that LLVM compiled');
  return { producer, certain: producer !== 'unknown' && !open, evidence, units };
}
