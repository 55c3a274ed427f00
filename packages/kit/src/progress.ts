/** Shows that a long step goes on. */
export interface Progress {
  /** A new state of the same step; shown in place on a terminal, else as a line at most every few seconds. */
  update(text: string): void;
  /** The step's last line, always shown. */
  done(text: string): void;
}

const LINE_EVERY_MS = 5000;
const REDRAW_EVERY_MS = 100;

/** Progress on standard error, with the seconds since the start. */
export function createProgress(label: string, out: NodeJS.WriteStream = process.stderr): Progress {
  const start = performance.now();
  const every = out.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS;
  let shown = -Infinity;
  const line = (text: string) => `${label}: ${text} (${((performance.now() - start) / 1000).toFixed(0)} s)`;
  return {
    update(text) {
      const now = performance.now();
      if (now - shown < every) return;
      shown = now;
      out.write(out.isTTY ? `\r\x1b[2K${line(text)}` : `${line(text)}\n`);
    },
    done(text) {
      out.write(out.isTTY ? `\r\x1b[2K${line(text)}\n` : `${line(text)}\n`);
    },
  };
}
