import type { GuestPatterns } from './guest-patterns';
import { symbolise, type DebugFile, type SymbolHit } from './symbolise';

/** An address from the serial output or from a register, and where it lies. */
export interface TraceEntry {
  /** `0x` and hexadecimal digits. */
  address: string;
  /** What the address is: a register's name, or `frame` for a return address. */
  kind: string;
  /** The program that was running, if the output says so. */
  program?: string;
  hits: SymbolHit[];
}

const REGISTER = /\b(ELR(?:_EL[123])?|PC|LR|X30|RIP|Exception at)\b\s*(?:[:=]|- )?\s*(?:0x)?([0-9a-f]{4,16})\b/gi;
/** A program's name counts for addresses at most so many lines away. */
const REACH = 200;

/** A return address is behind the call, which may be the function's last instruction. */
const isReturn = (kind: string) => kind === 'frame' || kind === 'LR' || kind === 'X30';

/** Looks an address up, as a return address if its kind says so. */
export function traceEntry(address: bigint, kind: string, files: readonly DebugFile[], program?: string): TraceEntry {
  const back = isReturn(kind) && address > 0n ? 1n : 0n;
  const hits = symbolise(address - back, files, program).map((hit) => ({ ...hit, offset: hit.offset + Number(back) }));
  return { address: `0x${address.toString(16)}`, kind, program, hits };
}

/**
 * The code addresses in a panic's or an exception's output, innermost first as it is printed: the registers ELR, PC,
 * LR, X30 and RIP, `FP <hex>: PC <hex>` of a frame-pointer trace, and the address that firmware names. Addresses that lie
 * in no known function are left out, and so are repetitions.
 *
 * @param program whose addresses they are, if that is known; else the nearest line that names one says it
 */
export function traceOf(
  lines: readonly string[],
  files: readonly DebugFile[],
  { owner, frame: frames }: Pick<GuestPatterns, 'owner' | 'frame'>,
  program?: string,
): TraceEntry[] {
  const names = lines.flatMap((line, at) => {
    const name = owner.find(line)?.groups['program'];
    return name === undefined ? [] : [{ at, name }];
  });
  // Redox's kernel prints the name last, so a name before an address may be of an earlier exception.
  const programAt = (at: number) => {
    const next = names.find((name) => name.at >= at && name.at - at <= REACH);
    return (next ?? names.findLast((name) => name.at < at && at - name.at <= REACH))?.name;
  };
  const entries: TraceEntry[] = [];
  const seen = new Set<string>();
  const add = (entry: TraceEntry) => {
    const key = `${entry.address} ${entry.program}`;
    if (entry.hits.length === 0 || seen.has(key)) return;
    seen.add(key);
    entries.push(entry);
  };
  // The caller's address in a register belongs behind the place itself, which is often printed later.
  let callers: TraceEntry[] = [];
  const addCallers = () => {
    callers.forEach(add);
    callers = [];
  };
  lines.forEach((line, at) => {
    const frame = frames.test(line);
    for (const [, register, digits] of line.matchAll(REGISTER)) {
      const kind = frame ? 'frame' : / /.test(register!) ? 'PC' : register!.toUpperCase();
      const entry = traceEntry(BigInt(`0x${digits}`), kind, files, program ?? programAt(at));
      if (kind === 'LR' || kind === 'X30') {
        callers.push(entry);
        continue;
      }
      if (kind === 'frame') addCallers();
      add(entry);
      addCallers();
    }
  });
  addCallers();
  return entries;
}
