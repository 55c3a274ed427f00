import { readFileSync, readlinkSync } from 'node:fs';

/** More processes than there ever are between a task and the Nx that the user has started. */
const MOST_ANCESTORS = 8;

/**
 * Whether text for a stream gets colours, by the conventions of Node's tools. Nx gives its tasks FORCE_COLOR=true whatever
 * its own output is; that says nothing, so a log file gets no escape codes. Who wants them there takes FORCE_COLOR=1.
 *
 * @param onTerminal whether the output of the Nx that runs this process is a terminal.
 */
export function wantsColor(
  stream: Pick<NodeJS.WriteStream, 'isTTY'>,
  env: NodeJS.ProcessEnv = process.env,
  onTerminal: () => boolean = nxIsOnTerminal,
): boolean {
  const { NO_COLOR, FORCE_COLOR } = env;
  if (NO_COLOR || FORCE_COLOR === '0' || FORCE_COLOR === 'false') return false;
  if (FORCE_COLOR === 'true') return stream.isTTY || onTerminal();
  return FORCE_COLOR ? true : stream.isTTY;
}

/** Whether the outermost Nx among this process' ancestors writes to a terminal. False where nobody can tell (no /proc). */
function nxIsOnTerminal(): boolean {
  let output: string | undefined;
  let pid = process.ppid;
  try {
    for (let count = 0; count < MOST_ANCESTORS && pid > 1; count++) {
      if (!/[/\\](nx|\.nx)\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) break;
      output = readlinkSync(`/proc/${pid}/fd/1`);
      // "pid (name) state ppid …": the name may hold anything.
      pid = Number(/.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? 0);
    }
  } catch {
    // Another user's process, or no Linux.
  }
  return output !== undefined && /^\/dev\/(pts\/|tty|console)/.test(output);
}
