import { exceptionsIn } from './exception';
import type { GuestPatterns } from './guest-patterns';
import { isFileOf, KERNEL, nameOf, panicPlace, type DebugFile } from './symbolise';
import { traceOf, type TraceEntry } from './trace';

/** A program that the kernel ended because of an exception that nobody handled. */
export interface Death {
  /** As the kernel knows it; it keeps 32 bytes of the name. */
  program: string;
  pid: number;
  /** The panic that the program told of before, if it did: place and message. */
  panic?: string;
  /** What the processor says. */
  exception?: string;
  trace: TraceEntry[];
}

/** Lines that tell of one event: the first, and the one behind the last. */
export interface Span {
  from: number;
  to: number;
}

/** Lines of a dump, before the one with the name: registers, two stacks of 64 frames, names of the kernel's functions. */
const DUMP = 300;
/** First line of a Rust program's panic; the message comes next. */
const PANIC = /\bpanicked at (\S+?):?$/;
/** So many lines can be between a panic and the exception that it ends in. */
const PANIC_TO_DUMP = 12;
/** So many lines of something else do not end a dump. */
const GAP = 3;

/**
 * The panic that a line begins to tell of: place, relative to the workspace, and message.
 * @param files those of the program, or all
 */
export function panicAt(lines: readonly string[], at: number, files: readonly DebugFile[]): string | undefined {
  const place = PANIC.exec(lines[at] ?? '')?.[1];
  if (place === undefined) return undefined;
  const message = lines[at + 1]?.trim();
  return `${panicPlace(place, files)}${message ? `: ${message}` : ''}`;
}

function exceptionIn(lines: readonly string[], { exception }: GuestPatterns): string | undefined {
  return exceptionsIn(lines).at(-1) ?? lines.findLast((line) => exception.test(line));
}

/**
 * Where the dump of a death is. Redox prints whose it was behind the dump; others print the name first: then there is
 * no dump in front of it, but one behind.
 *
 * @param at the line with the name
 * @param start the first line that belongs to no earlier death
 */
function dumpOf(lines: readonly string[], at: number, start: number, patterns: GuestPatterns): Span {
  const { dump, dumpStart, death } = patterns;
  const isDump = (line: string) => dump.test(line) || dumpStart.test(line);
  const isBefore = lines.slice(Math.max(start, at - GAP), at).some(isDump);
  if (isBefore || !lines.slice(at + 1, at + 1 + GAP).some(isDump))
    return { from: Math.max(start, at - DUMP), to: at + 1 };
  let to = at + 1;
  for (let i = at + 1; i < lines.length && i - to < GAP && !death.test(lines[i]!); i++)
    if (isDump(lines[i]!)) to = i + 1;
  return { from: at, to };
}

/**
 * The programs whose deaths the output tells of, in its order, and where it does so.
 * @returns also the first line behind all that
 */
export function deathsIn(
  lines: readonly string[],
  files: readonly DebugFile[],
  patterns: GuestPatterns,
): { deaths: Death[]; spans: Span[]; end: number } {
  const deaths: Death[] = [];
  const spans: Span[] = [];
  let start = 0;
  lines.forEach((line, at) => {
    const said = patterns.death.find(line)?.groups;
    if (at < start || said?.['program'] === undefined) return;
    const program = said['program'];
    const { from, to } = dumpOf(lines, at, start, patterns);
    const dump = lines.slice(from, to);
    const own = files.filter((file) => isFileOf(program, file));
    const first =
      from +
      Math.max(
        0,
        dump.findLastIndex((text) => patterns.dumpStart.test(text)),
      );
    const panicLine = lines.slice(0, first + 1).findLastIndex((text) => PANIC.test(text));
    const told = panicLine >= Math.max(start, first - PANIC_TO_DUMP);
    deaths.push({
      program,
      pid: Number(said['pid'] ?? 0),
      panic: told ? panicAt(lines, panicLine, own) : undefined,
      exception: exceptionIn(dump, patterns),
      // How the kernel came to print this is of no interest.
      trace: traceOf(dump, files, patterns, program).filter(({ address }) => BigInt(address) < KERNEL),
    });
    spans.push({ from: told ? panicLine : first, to });
    start = to;
  });
  return { deaths, spans, end: start };
}

/** Functions that a panic or abort() goes through on its way to the end of the program. */
const MACHINERY = /^<?&?(?:core|std|alloc|__rustc|rust_|abort|panic)|^_|_panic/;

/** Where a program died that told of no panic: the innermost function that is not part of how Rust ends a program. */
export function placeOfDeath({ panic, trace }: Death): TraceEntry | undefined {
  if (panic !== undefined) return undefined;
  // A register with a return address may hold one that is long past.
  const places = trace.filter(({ kind }) => kind !== 'LR' && kind !== 'X30');
  return places.find(({ hits }) => hits.every(({ function: name }) => !MACHINERY.test(name)));
}

/** A death in a line: who, what and, in the source, where. */
export function describeDeath(death: Death): string {
  const name = nameOf(death.program);
  if (death.panic !== undefined) return `${name} panicked at ${death.panic}`;
  const what = death.exception?.replace(/^ESR 0x[0-9a-f]+: /, '') ?? 'an exception that nobody handled';
  const at = placeOfDeath(death)?.hits[0]?.at;
  const place = at === undefined ? '' : ` at ${at.file}:${at.line}${at.column > 0 ? `:${at.column}` : ''}`;
  return `${name} was killed${place}: ${what}`;
}
