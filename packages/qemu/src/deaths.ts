import { exceptionsIn } from './exception';
import type { DebugFile } from './symbolise';
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

const DEATH = /\bUNHANDLED EXCEPTION, .*\bPID #?(\d+), NAME ([^\s,]+)/;
/** Lines of a dump, before the one with the name: registers, two stacks of 64 frames, names of the kernel's functions. */
const DUMP = 300;
/** First line of a Rust program's panic; the message comes next. */
const PANIC = /\bpanicked at (\S+?):?$/;
/** So many lines can be between a panic and the exception that it ends in. */
const PANIC_TO_DUMP = 12;
/** How the kernel names exceptions on x86_64. */
const X86_EXCEPTION = /^(?:Divide by zero|Security exception|Page fault: [0-9A-F]+|[A-Z][\w ]* (?:fault|trap)\b)/;
/** Programs have the lower half of the addresses. */
const KERNEL = 1n << 63n;
const DUMP_START = /\bFATAL: Not an SVC|^ELR_EL1:|^RAX:/;

function panicIn(lines: readonly string[]): string | undefined {
  const dump = lines.findLastIndex((line) => DUMP_START.test(line));
  const before = lines.slice(Math.max(0, dump - PANIC_TO_DUMP), Math.max(0, dump));
  const at = before.findLastIndex((line) => PANIC.test(line));
  if (at < 0) return undefined;
  const message = before[at + 1]?.trim();
  return `${PANIC.exec(before[at]!)![1]}${message ? `: ${message}` : ''}`;
}

function exceptionIn(lines: readonly string[]): string | undefined {
  return exceptionsIn(lines).at(-1) ?? lines.findLast((line) => X86_EXCEPTION.test(line));
}

/**
 * The programs whose deaths the output tells of, in its order.
 * @returns also the lines behind the last of them
 */
export function deathsIn(
  lines: readonly string[],
  files: readonly DebugFile[],
): { deaths: Death[]; rest: readonly string[] } {
  const deaths: Death[] = [];
  let start = 0;
  lines.forEach((line, at) => {
    const match = DEATH.exec(line);
    if (!match) return;
    const dump = lines.slice(Math.max(start, at - DUMP), at + 1);
    deaths.push({
      program: match[2]!,
      pid: Number(match[1]),
      panic: panicIn(dump),
      exception: exceptionIn(dump),
      // How the kernel came to print this is of no interest.
      trace: traceOf(dump, files).filter(({ address }) => BigInt(address) < KERNEL),
    });
    start = at + 1;
  });
  return { deaths, rest: lines.slice(start) };
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
