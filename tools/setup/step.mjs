import { spawn } from 'node:child_process';
import process from 'node:process';

/** Ends the setup with what is wrong and what to do. */
export function fail(message, ...advice) {
  process.stderr.write(`\nsetup: ${message}\n${advice.map((line) => `  → ${line}\n`).join('')}`);
  process.exit(1);
}

/**
 * Runs one step and shows that it goes on: the seconds and the last line it printed, or, with `inherit`,
 * its own output. When it fails, all that it printed and the advice end the setup.
 */
export async function runStep(title, command, args, { cwd, env = {}, inherit = false, advice }) {
  const start = Date.now();
  const seconds = () => `${Math.round((Date.now() - start) / 1000)} s`;
  process.stderr.write(`setup: ${title} …\n`);
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let shown = Date.now();
  const read = (chunk) => {
    output += chunk;
    const last = output.trimEnd().split('\n').at(-1) ?? '';
    if (Date.now() - shown > 5000) {
      shown = Date.now();
      process.stderr.write(`setup: ${title}: ${seconds()}  ${last.slice(0, 100)}\n`);
    }
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  const beat = setInterval(() => inherit || read(''), 5000);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) => resolve(status ?? signal));
  });
  clearInterval(beat);
  if (code !== 0) {
    process.stderr.write(output);
    fail(`${title} failed (${code})`, advice);
  }
  process.stderr.write(`setup: ${title} done in ${seconds()}\n`);
}
