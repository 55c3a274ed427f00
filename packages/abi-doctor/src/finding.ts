import type { Diagnostic } from '@nx-redox/kit/toml';
import type { Pin } from './pins';
import type { VersionRule } from './table';

/** A change of a lock file. */
interface PinFix {
  kind: 'pin';
  /** The lock file, relative to the workspace root. */
  lock: string;
  /** In the order of preference. */
  choices: Pin[][];
}

/** A crate that is to come from the source of another recipe: `[nx.patch]` in recipe.toml. */
export interface ReplaceFix {
  kind: 'replace';
  /** URLs of the git repositories that the crate comes from now. */
  sources: string[];
  crate: string;
  by: { recipe: string; path: string };
}

/** What doctor found in a recipe's lock file or source. */
export interface VersionFinding extends Diagnostic {
  rule: VersionRule;
  /** How it shows: at compile time, or when the system runs. */
  why: string;
  /** What fixes it; undefined if that takes a decision of its reader. */
  fix?: PinFix | ReplaceFix;
}
