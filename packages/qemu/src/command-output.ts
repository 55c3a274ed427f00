import { visible } from '@nx-redox/kit';

/**
 * Takes the output of one command out of what a shell prints, and the command's exit status. The shell is made to print
 * a line before and a mark behind it; what is typed, and comes back as echo, does not hold them.
 */
export class CommandOutput {
  /** What is to be typed, without the end of the line. */
  readonly typed: string;
  /** A text that comes when the command has ended, as a pattern. */
  readonly endPattern: string;
  /** The command's exit status, once it has ended. */
  status: number | undefined;

  private readonly decoder = new TextDecoder('utf-8');
  private readonly begin: string;
  private readonly end: string;
  private started = false;
  private pending = '';

  /**
   * @param token letters and digits that no output has by chance
   * @param write gets the output as it comes, with LF as line end and control characters made visible
   */
  constructor(
    command: string,
    token: string,
    private readonly write: (text: string) => void,
  ) {
    this.begin = `nx-redox-${token}-begin`;
    this.end = `nx-redox-${token}-end:`;
    const typed = (mark: string) => `echo "nx-redox-""${mark}"`;
    this.typed = `${typed(`${token}-begin`)}; ${command}; ${typed(`${token}-end:`)}$?`;
    this.endPattern = `${this.end}\\d+`;
  }

  /** Bytes from the serial line. */
  feed(bytes: Uint8Array): void {
    if (this.status !== undefined) return;
    this.pending += this.decoder.decode(bytes, { stream: true });
    if (!this.started) {
      const at = this.pending.indexOf(this.begin);
      const line = at < 0 ? -1 : this.pending.indexOf('\n', at);
      if (line < 0) {
        if (at < 0) this.pending = this.pending.slice(-this.begin.length);
        return;
      }
      this.started = true;
      this.pending = this.pending.slice(line + 1);
    }
    const at = this.pending.indexOf(this.end);
    if (at >= 0) {
      const status = /^\d+(?=\D)/.exec(this.pending.slice(at + this.end.length))?.[0];
      if (status === undefined) return;
      this.flush(at);
      this.status = Number(status);
      return;
    }
    // What may be the start of the mark, or of a line end, is kept; escapes are told line by line.
    const known = this.pending.lastIndexOf('\n') + 1;
    this.flush(Math.max(known, this.pending.length - 8192));
  }

  private flush(end: number): void {
    const text = this.pending.slice(0, end).replace(/\r+\n/g, '\n');
    this.pending = this.pending.slice(end);
    if (text !== '') this.write(visible(text));
  }
}
