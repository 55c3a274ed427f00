import { positionOf } from '@nx-redox/kit/toml';
import type { VersionFinding } from './finding';
import { endOfBlock, withoutComments } from './rust-text';
import {
  LEAST_TELLING_NUMBER,
  SCHEME_METHODS,
  SCHEME_OPCODES,
  SCHEME_TRAITS,
  SYSTEM_CALLS,
  type SystemCall,
  type VersionRule,
} from './table';
import { isWithin } from './version';

/** What the rules have to know besides the text. */
export interface SourceContext {
  /** Releases of redox_syscall and redox-scheme that the package is locked to; undefined if it does not use them. */
  syscall?: string;
  scheme?: string;
  /** redox_syscall of the system's kernel; undefined if that is not known. */
  kernel?: string;
}

/** How redox_syscall is spelled in a path: the name of its library, or of the package. */
const CRATE = '(?<![\\w:.])(?:::)?(?:syscall|redox_syscall)::(?:(?:call|number|schemev2)::)?';
const CALL_OF = new Map(SYSTEM_CALLS.map((call) => [call.constant, call]));
const CALL_BY_FUNCTION = new Map(SYSTEM_CALLS.flatMap((call) => call.functions.map((name) => [name, call] as const)));
const CALL_BY_NUMBER = new Map(
  SYSTEM_CALLS.filter(({ number }) => number >= LEAST_TELLING_NUMBER).map((call) => [call.number, call]),
);

const CONSTANT = new RegExp(`\\b(?:${[...CALL_OF.keys()].join('|')})\\b`, 'g');
const FUNCTION = new RegExp(`${CRATE}(${[...CALL_BY_FUNCTION.keys()].join('|')})\\b(?=\\s*(?:\\(|::<|;|,|\\)))`, 'g');
/** `use syscall::{…}`, whose names are used without a path. */
const IMPORT = new RegExp(`\\buse\\s+${CRATE}\\{`, 'g');
const NUMBERS =
  /(?<![\w.])(?:0x[0-9a-fA-F_]+|\d[\d_]*)(?:usize|u32)?(?:\s*\|\s*(?:0x[0-9a-fA-F_]+|\d[\d_]*)(?:usize|u32)?)*(?![\w.])/g;
const SPEAKS_OF_CALLS = /syscall|\bSYS_|\bsvc\b|\becall\b/i;
const OPCODE = new RegExp(`\\bOpcode::(${SCHEME_OPCODES.map(({ name }) => name).join('|')})\\b`, 'g');
const SCHEME_IMPL = new RegExp(`\\bimpl\\b[^;{}]*\\b(?:${SCHEME_TRAITS.join('|')})\\s+for\\b`, 'g');
const AT_0 = /(?<![\w.])(?:(?:libredox|syscall)::(?:call::)?openat\s*\(|SYS_OPENAT\w*\s*,)\s*0\s*,/g;

/** Anything below may be in a text that has one of these; most have none. */
const WORTH_READING = /SYS_|syscall|Opcode::|Scheme(?:Sync|Async)|openat|0x[12]0/;

/** Checks one Rust file for calls that are gone. */
export function checkSource(text: string, file: string, context: SourceContext): VersionFinding[] {
  if (!WORTH_READING.test(text)) return [];
  const code = withoutComments(text);
  const found = new Map<number, VersionFinding>();
  const report = (
    offset: number,
    rule: VersionRule,
    message: string,
    why: string,
    advice: string[],
    severity: VersionFinding['severity'] = 'error',
  ): void => {
    // The first rule that has something to say of a place says it.
    if (found.has(offset)) return;
    found.set(offset, { rule, severity, message, why, file, ...positionOf(text, offset), advice });
  };
  const reportCall = (offset: number, name: string, call: SystemCall, fromCrate: boolean): void => {
    const { syscall, kernel } = context;
    if (fromCrate && syscall !== undefined && !isWithin(syscall, call.crate)) {
      const isGone = call.crate.until !== undefined && !isWithin(syscall, { until: call.crate.until });
      report(
        offset,
        'removed-call',
        `${name} is not in redox_syscall ${syscall}: ${isGone ? `taken out in ${call.crate.until}` : `it came with ${call.crate.since}`}`,
        `does not compile: "cannot find \`${name.replace(/^.*::/, '')}\` in crate \`syscall\`"`,
        [`use ${call.instead}`],
      );
    } else if (kernel !== undefined && !isWithin(kernel, call.kernel)) {
      const { dropped } = call;
      const isGone = dropped !== undefined && !isWithin(kernel, { until: call.kernel.until });
      report(
        offset,
        'dropped-call',
        `${name} is a call that a kernel with redox_syscall ${kernel} does not handle${isGone ? `: dropped in ${dropped.commit} on ${dropped.date}` : ''}`,
        'compiles, and fails when it runs: ENOSYS, "Function not implemented (os error 38)"',
        [`use ${call.instead}`],
      );
    }
  };

  for (const { 0: name, index } of code.matchAll(CONSTANT)) {
    // Another crate's, or a definition of its own: then its value tells.
    if (/(?:const|static)\s+$/.test(code.slice(Math.max(0, index - 16), index))) continue;
    const isOwn = new RegExp(`\\bconst\\s+${name}\\b`).test(code);
    const isForeign = /(?<!\b(?:syscall|redox_syscall|number))::\s*$/.test(code.slice(Math.max(0, index - 64), index));
    if (context.syscall === undefined || (isForeign && !isOwn)) continue;
    reportCall(index, name, CALL_OF.get(name)!, !isOwn);
  }
  if (context.syscall !== undefined) {
    for (const { 0: path, 1: name, index } of code.matchAll(FUNCTION)) {
      reportCall(index + path.length - name!.length, `syscall::${name}`, CALL_BY_FUNCTION.get(name!)!, true);
    }
    for (const { 0: head, index } of code.matchAll(IMPORT)) {
      const start = index + head.length - 1;
      for (const item of code.slice(start, endOfBlock(code, start)).matchAll(/(?<![\w:])([a-z_]+)(?!\w|::)/g)) {
        const call = CALL_BY_FUNCTION.get(item[1]!);
        if (call !== undefined) reportCall(start + item.index, `syscall::${item[1]}`, call, true);
      }
    }
    if (/\bschemev2\b/.test(code)) {
      for (const { 1: name, index } of code.matchAll(OPCODE)) {
        const opcode = SCHEME_OPCODES.find((entry) => entry.name === name)!;
        if (isWithin(context.syscall, opcode.crate)) continue;
        report(
          index,
          'removed-call',
          `Opcode::${name} is not in redox_syscall ${context.syscall}: taken out in ${opcode.crate.until}, kernels of its time never send it`,
          `does not compile: "no variant or associated item named \`${name}\` found for enum \`Opcode\`"`,
          [`handle ${opcode.instead}`],
        );
      }
    }
  }
  if (context.scheme !== undefined) checkSchemes(code, context.scheme, report);
  // Other systems have such numbers for other things.
  for (const { 0: literal, index } of SPEAKS_OF_CALLS.test(code) ? code.matchAll(NUMBERS) : []) {
    const value = literal.split('|').reduce((sum, part) => sum | numberOf(part), 0) >>> 0;
    const call = CALL_BY_NUMBER.get(value);
    if (call !== undefined) reportCall(index, `the number of ${call.constant}`, call, false);
  }
  for (const { index } of code.matchAll(AT_0)) {
    report(
      index,
      'path-at-0',
      'a file is opened at descriptor 0',
      'fails when it runs: EOPNOTSUPP or ENOTDIR, since 0 is standard input and no kernel takes it for the root',
      ['libredox::call::open takes a whole path; openat needs the descriptor of a folder or of a scheme’s root'],
      'warning',
    );
  }
  return [...found].sort(([a], [b]) => a - b).map(([, finding]) => finding);
}

function numberOf(text: string): number {
  return Number(
    text
      .trim()
      .replace(/(?:usize|u32)$/, '')
      .replaceAll('_', ''),
  );
}

function checkSchemes(
  code: string,
  scheme: string,
  report: (offset: number, rule: VersionRule, message: string, why: string, advice: string[]) => void,
): void {
  for (const { 0: head, index } of code.matchAll(SCHEME_IMPL)) {
    const start = index + head.length;
    for (const { 1: name, index: at } of code.slice(start, endOfBlock(code, start)).matchAll(/\bfn\s+(\w+)/g)) {
      const method = SCHEME_METHODS.find((entry) => entry.name === name);
      if (method === undefined || isWithin(scheme, method.crate)) continue;
      report(
        start + at,
        'removed-call',
        `the traits of redox-scheme ${scheme} have no method ${name}: taken out in ${method.crate.until}`,
        `does not compile: "method \`${name}\` is not a member of trait"`,
        [`write ${method.instead}`],
      );
    }
  }
}
