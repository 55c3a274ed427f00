import { Terminal } from '@xterm/headless';
import { spawn, type SpawnOptions } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const COLUMNS = 140;
const ROWS = 40;
/** Milliseconds until a text that does not come is given up. */
const PATIENCE = 60_000;

/** A program in a terminal of 140 columns and 40 rows, as its user sees it. */
export interface OpenTerminal extends AsyncDisposable {
  /** What the terminal shows, what has scrolled away first; lines without blanks at their ends. */
  text(): string;
  /** Waits until the terminal shows a text. @throws {Error} after a minute, or if the program ends without it */
  shows(pattern: RegExp): Promise<void>;
  type(keys: string): void;
  /** The program's exit code. */
  readonly ended: Promise<number | null>;
}

/** Runs a shell command in a terminal; `script` of util-linux makes it, xterm's parser reads it. */
export async function openTerminal(command: string, options: SpawnOptions): Promise<OpenTerminal> {
  const terminal = new Terminal({ cols: COLUMNS, rows: ROWS, scrollback: 10_000, allowProposedApi: true });
  const child = spawn('script', ['-qefc', `stty cols ${COLUMNS} rows ${ROWS}; ${command}`, '/dev/null'], {
    ...options,
    env: { ...options.env, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('script has no pipes');
  // The terminal's answers to what programs ask it (colours, cursor) go where the keys go.
  const type = (keys: string) => void (stdin.writable && stdin.write(keys));
  terminal.onData(type);
  let last = Promise.resolve();
  stdout.on('data', (data: Buffer) => (last = new Promise((done) => terminal.write(data, done))));
  let running = true;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => void last.then(() => resolve(code)));
  }).finally(() => (running = false));

  const text = () => {
    const { active, normal } = terminal.buffer;
    return [...new Set([normal, active])]
      .flatMap((buffer) => Array.from({ length: buffer.length }, (_, y) => buffer.getLine(y)?.translateToString(true)))
      .join('\n');
  };
  const shows = async (pattern: RegExp) => {
    for (const end = Date.now() + PATIENCE; !pattern.test(text()); await sleep(50)) {
      if (!running || Date.now() > end) throw new Error(`the terminal does not show ${pattern}:\n${text()}`);
    }
  };
  return {
    text,
    shows,
    type,
    ended,
    async [Symbol.asyncDispose]() {
      if (running) child.kill('SIGKILL');
      await ended;
      terminal.dispose();
    },
  };
}
