import type { GuestWords } from '@nx-redox/kit';

/** How Redox's kernel and its programs tell of what went wrong. */
export const guest: GuestWords = {
  // What redoxer gave a meaning: semihosting on aarch64, isa-debug-exit on x86_64.
  exit: { ok: 51, failed: 53 },
  kernelPanic: String.raw`\bKERNEL PANIC: (?P<message>.*\S)`,
  death: String.raw`\bUNHANDLED EXCEPTION, .*\bPID #?(?P<pid>\d+), NAME (?P<program>[^\s,]+)`,
  dumpStart: String.raw`\bFATAL: Not an SVC|^ELR_EL1:|^RAX:|^ESR [0-9a-f]{16} FAR `,
  owner: String.raw`\bNAME:?\s+(?P<program>[^\s,]+)`,
  frame: String.raw`(?i)\bFP\s+(?:0x)?[0-9a-f]{1,16}:\s*PC\s`,
  dump: String.raw`(?i)^\s*(?:FP [0-9a-f]{16}: PC |(?:[A-Z][A-Z0-9_]{1,8}:?\s+[0-9a-f]{16}\s*)+$|ESR [0-9a-f]{16} FAR |[0-9a-f]{16}: (?:GUARD PAGE|EMPTY RETURN))`,
  // x86_64 prints names, aarch64 registers.
  exception: String.raw`^(?:Divide by zero|Security exception|Page fault: [0-9A-F]+|[A-Z][\w ]* (?:fault|trap)\b)`,
};
