import type { Diagnostic } from '../diagnostics';
import type { Pin } from './pins';
import type { VersionRule } from './table';

/** What doctor found in a recipe's lock file or source. */
export interface VersionFinding extends Diagnostic {
  rule: VersionRule;
  /** How it shows: at compile time, or when the system runs. */
  why: string;
  /** Changes of the lock file that mend it, in the order of preference; undefined if none can. */
  fix?: { lock: string; choices: Pin[][] };
}
