// A terminal in which a command runs, as data: what each cell shows, and how.
import xterm from '@xterm/headless';
import { spawn } from 'node:child_process';

/** More lines than any output that fits in a picture. */
const SCROLLBACK = 2000;

/**
 * Runs a shell command in a terminal (`script` of util-linux makes it) and reads what the terminal shows at the end.
 *
 * @param {string} command
 * @param {{ columns: number, cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ code: number | null, rows: import('./svg.mjs').Run[][] }>} the exit code, and a list of runs for each row
 */
export async function runInTerminal(command, { columns, cwd, env }) {
  const terminal = new xterm.Terminal({ cols: columns, rows: 24, scrollback: SCROLLBACK, allowProposedApi: true });
  const child = spawn('script', ['-qefc', `stty cols ${columns} rows 24; ${command}`, '/dev/null'], {
    cwd,
    env: { ...env, TERM: 'xterm-256color', COLORTERM: undefined, NO_COLOR: undefined, CI: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = Promise.resolve();
  child.stdout.on('data', (data) => (last = new Promise((done) => terminal.write(data, done))));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  await last;
  const rows = rowsOf(terminal);
  terminal.dispose();
  return { code, rows };
}

/** What a terminal shows, row by row: runs of cells that look the same, without blanks at the ends of rows. */
export function rowsOf(terminal) {
  const { normal } = terminal.buffer;
  return Array.from({ length: normal.length }, (_, y) => {
    const line = normal.getLine(y);
    const runs = [];
    for (let x = 0; x < line.translateToString(true).length; x++) {
      const cell = line.getCell(x);
      const run = { x, text: cell.getChars() || ' ', ...styleOf(cell) };
      const before = runs.at(-1);
      if (before && sameStyle(before, run)) before.text += run.text;
      else runs.push(run);
    }
    return runs;
  });
}

function styleOf(cell) {
  return {
    // The sixteen colours have names in every terminal; others do not follow its theme, and nothing here uses them.
    colour: cell.isFgPalette() && cell.getFgColor() < 16 ? cell.getFgColor() : undefined,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    inverse: cell.isInverse() !== 0,
  };
}

const sameStyle = (a, b) => ['colour', 'bold', 'dim', 'inverse'].every((key) => a[key] === b[key]);
