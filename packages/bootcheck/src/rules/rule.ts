import type { Elf, Machine } from '@nx-redox/binary';
import type { Backend, MemoryMap } from '@nx-redox/kit';

/** What a file is for; rules differ. `program` is loaded by Redox's user-space loader or the initial program loader. */
export type ElfKind = 'kernel' | 'bootstrap' | 'program';
/** An error stops the boot, a warning may; `info` is worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

export interface CheckOptions {
  /** The architecture the system is built for. */
  machine: Machine;
  /** Where the system's first program finds itself. */
  memory: MemoryMap;
  /** The backend that all of the file's code should come from; without it, any is right. */
  backend?: Backend;
  /** Also gives findings of severity `info`. */
  info?: boolean;
}

/** A property that a file must have to boot. */
export interface Rule {
  /** Stable name, for people and for scripts. */
  id: string;
  /** All of them, if it does not say. */
  kinds?: readonly ElfKind[];
  /** An error, if it does not say. */
  severity?: Severity;
  /** What goes wrong on Redox if the rule is broken. */
  reason: string;
  /** What to change. */
  fix: string;
  /** One message for each violation. */
  check(elf: Elf, options: CheckOptions): Iterable<string>;
}

/** A broken rule in one file. */
export interface Finding {
  /** The rule's id. */
  rule: string;
  severity: Severity;
  message: string;
  reason: string;
  fix: string;
}

export const ALL_KINDS: readonly ElfKind[] = ['kernel', 'bootstrap', 'program'];
