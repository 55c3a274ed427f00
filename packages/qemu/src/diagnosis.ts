import { deathsIn, type Death } from './deaths';
import { exceptionsIn } from './exception';
import type { MachineState } from './inspect';
import { LineReader } from './line-reader';
import { filesWithCode, loadDebugFiles } from './symbolise';
import { traceEntry, traceOf, type TraceEntry } from './trace';

/** What a boot's output and the state of the machine tell of what went wrong. */
export interface Diagnosis {
  /** Programs that died of exceptions: a boot can pass nevertheless. */
  deaths: Death[];
  /** aarch64: what the exception registers in the output mean, but for those of {@link deaths}. */
  exceptions: string[];
  /** Code addresses in the output, but for those of {@link deaths}, and of the hanging CPU. */
  trace: TraceEntry[];
  /** What the diagnosis lacks, such as debug files without symbols. */
  notes: string[];
}

/** So many lines at the end of the output are searched for addresses. */
const TRACE_LINES = 400;

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
 * @param passed then only deaths are looked for
 * @param machine its state when nothing moved any more
 */
export async function diagnose(
  root: string,
  debugFiles: readonly string[],
  log: Uint8Array,
  passed: boolean,
  machine?: MachineState,
): Promise<Diagnosis> {
  const lines = linesOf(log);
  if (passed && deathsIn(lines, []).deaths.length === 0) return { deaths: [], exceptions: [], trace: [], notes: [] };
  const { files, problems: notes } = await loadDebugFiles(root, debugFiles);
  const { deaths, rest } = deathsIn(lines, files);
  if (passed) return { deaths, exceptions: [], trace: [], notes };
  const last = rest.slice(-TRACE_LINES);
  const trace = traceOf(last, files);
  machine?.frames.forEach(({ address, code, codeStart }, i) => {
    trace.push(traceEntry(address, i === 0 ? 'PC' : 'frame', filesWithCode(files, codeStart, code)));
  });
  return { deaths, exceptions: exceptionsIn(last), trace, notes };
}

/** Registers and frames as kernels print them, which a symbolised trace says better. */
const DUMP =
  /^\s*(?:FP [0-9a-f]{16}: PC |[A-Z][A-Z0-9_]{1,8}:?\s+[0-9a-f]{16}$|[0-9a-f]{16}: (?:GUARD PAGE|EMPTY RETURN))/i;

/** Whether a line of the output is part of a dump of registers or frames. */
export const isDump = (line: string) => DUMP.test(line);
