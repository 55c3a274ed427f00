/**
 * Takes out of cargo's output, line by line, what says nothing to the user: for targets without an operating system,
 * Cranelift's rustc warns once in every crate that its target features lack `neon`, because the backend does not name the
 * features that it does use.
 */
export class CargoNoise {
  private within = false;
  /** Warnings that were taken out and that cargo has yet to count. */
  private seen = 0;

  /** The line to show; undefined for none. */
  filter(line: string): string | undefined {
    if (/^warning: target feature `\w+` must be enabled to ensure that the ABI of the current target/.test(line)) {
      this.seen += 1;
      this.within = true;
      return undefined;
    }
    if (this.within) {
      // A diagnostic ends with an empty line.
      this.within = line !== '';
      return undefined;
    }
    const summary = /^(warning: `.*` \(.*\) generated )(\d+) warnings?(.*)$/.exec(line);
    if (summary === null || this.seen === 0) return line;
    this.seen -= 1;
    const [, start, count, end] = summary;
    const left = Number(count) - 1;
    return left === 0 ? undefined : `${start}${left} warning${left === 1 ? '' : 's'}${end}`;
  }
}
