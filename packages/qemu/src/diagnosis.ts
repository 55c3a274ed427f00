import { deathsIn, describeDeath, panicAt, type Death } from './deaths';
import { exceptionsIn } from './exception';
import type { GuestPatterns } from './guest-patterns';
import type { MachineState } from './inspect';
import { LineReader } from './line-reader';
import { filesWithCode, KERNEL, loadDebugFiles, type DebugFile, type DebugFileOptions } from './symbolise';
import { traceEntry, traceOf, type TraceEntry } from './trace';

/** What a boot's output and the state of the machine tell of what went wrong. */
export interface Diagnosis {
  /** The event that ended the boot, in the words of the panic or the processor, if the output tells of one. */
  event?: string;
  /** Programs that died of exceptions: a boot can pass nevertheless. */
  deaths: Death[];
  /** aarch64: what the exception registers in the output mean, but for those of {@link deaths}. */
  exceptions: string[];
  /** Code addresses in the output, but for those of {@link deaths}, and of the hanging CPU. */
  trace: TraceEntry[];
  /** What the diagnosis lacks, such as debug files without symbols. */
  notes: string[];
}

/** How a boot ended, as far as it says where to look. */
export interface Ending {
  verdict: 'passed' | 'failed' | 'timeout' | 'interrupted';
  /** The line that meant failure. */
  line?: string;
  /** State of the machine when nothing moved any more. */
  machine?: MachineState;
}

/** So many lines at the end of the output are searched for addresses. */
const TRACE_LINES = 400;
/** A line that means failure can come so many lines before the dump that tells what it was. */
const NEAR = 15;

function linesOf(log: Uint8Array): string[] {
  const lines: string[] = [];
  const reader = new LineReader((line) => lines.push(line));
  reader.feed(log);
  reader.end();
  return lines;
}

/**
 * Explains a boot; addresses are looked up in unstripped ELF files.
 * @param debugFiles relative to `root`; they are not read if there is nothing to look up
 */
export async function diagnose(
  root: string,
  debugFiles: readonly (string | DebugFileOptions)[],
  log: Uint8Array,
  patterns: GuestPatterns,
  { verdict, line, machine }: Ending,
): Promise<Diagnosis> {
  const lines = linesOf(log);
  const passed = verdict === 'passed' || verdict === 'interrupted';
  if (passed && deathsIn(lines, [], patterns).deaths.length === 0) {
    return { deaths: [], exceptions: [], trace: [], notes: [] };
  }
  const { files, problems: notes } = await loadDebugFiles(root, debugFiles);
  const { deaths, spans, end } = deathsIn(lines, files, patterns);
  if (passed) return { deaths, exceptions: [], trace: [], notes };

  const event = verdict === 'timeout' ? undefined : eventOf();
  const last = lines.slice(end).slice(-TRACE_LINES);
  const trace = traceOf(last, files, patterns);
  const owners = ownersOf(machine, files);
  machine?.frames.forEach(({ address }, i) => {
    trace.push(traceEntry(address, i === 0 ? 'PC' : 'frame', address < KERNEL ? owners : files));
  });
  return { ...(event === undefined ? {} : { event }), deaths, exceptions: exceptionsIn(last), trace, notes };

  /** What the line that meant failure is about; without one, the last that happened. */
  function eventOf(): string | undefined {
    const at = line === undefined ? -1 : lines.lastIndexOf(line);
    const panic = (index: number) => {
      const message = patterns.kernelPanic.find(lines[index] ?? '')?.groups['message'];
      if (message === undefined) return undefined;
      const told = panicAt(lines, index, files);
      return told === undefined ? `the kernel panicked: ${message}` : `the kernel panicked at ${told}`;
    };
    const kernel = panic(at < 0 ? lines.findLastIndex((text) => patterns.kernelPanic.test(text)) : at);
    if (kernel !== undefined) return kernel;
    const death = at < 0 ? spans.length - 1 : spans.findIndex(({ from, to }) => from - NEAR <= at && at < to);
    if (deaths[death]) return describeDeath(deaths[death]);
    const told = at < 0 ? undefined : panicAt(lines, at, files);
    return told === undefined ? undefined : `a program panicked at ${told}`;
  }
}

/**
 * Whose code a hanging CPU runs: of the files that have the same code as the guest at the program counter, those that
 * have it at most of the callers, too. Programs share addresses, and what they are linked with.
 */
function ownersOf(machine: MachineState | undefined, files: readonly DebugFile[]): readonly DebugFile[] {
  let owners = files;
  for (const { address, code, codeStart } of machine?.frames ?? []) {
    if (address >= KERNEL) continue;
    const same = filesWithCode(owners, codeStart, code);
    if (same.length > 0) owners = same;
  }
  return owners;
}
