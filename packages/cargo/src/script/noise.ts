const WARNING = /^warning: target feature `\w+` must be enabled to ensure that the ABI of the current target/;
const SUMMARY =
  /^(?<start>warning: `.*` \((?!build script).*\) generated )(?<count>\d+) warnings?(?: \((?<same>\d+) duplicates?\))?(?<end>.*)$/;
// Of cargo below a make that keeps its job server to itself; it does without.
const JOB_SERVER = /^warning: failed to connect to jobserver from environment variable /;
// A stage is never on PATH.
const PATH_ADVICE = /^warning: be sure to add `.*` to your PATH/;

/**
 * Takes out of cargo's output, line by line, what says nothing to the user: for targets without an operating system,
 * Cranelift's rustc warns once in every crate that its target features lack `neon`, because the backend does not name the
 * features that it does use.
 */
export class CargoNoise {
  /** Whether the lines belong to such a warning. */
  private within = false;
  /** Whether there was one: cargo shows it once, and then counts one for each crate. */
  private seen = false;

  /** The line to show; undefined for none. */
  filter(line: string): string | undefined {
    if (JOB_SERVER.test(line)) {
      this.within = true;
      return undefined;
    }
    if (WARNING.test(line)) {
      this.seen = this.within = true;
      return undefined;
    }
    if (this.within) {
      // A diagnostic ends with an empty line.
      this.within = line !== '';
      return undefined;
    }
    if (PATH_ADVICE.test(line)) return undefined;
    return this.seen ? withoutOne(line) : line;
  }
}

/** Cargo's count of a crate's warnings, less one; undefined if none is left. */
function withoutOne(line: string): string | undefined {
  const groups = SUMMARY.exec(line)?.groups;
  if (groups === undefined) return line;
  const left = Number(groups.count) - 1;
  return left === 0 ? undefined : `${groups.start}${left} warning${left === 1 ? '' : 's'}${groups.end}`;
}
