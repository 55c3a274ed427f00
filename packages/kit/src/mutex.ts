import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from './user-error';

/** Who holds a lock file. */
interface Owner {
  pid: number;
  /** Machine and process namespace: a pid says nothing elsewhere. */
  place: string;
  /** Start of the process in clock ticks since boot, where the system tells it: a pid is used again. */
  started?: string;
  token: string;
}

const POLL_MS = 100;
const HEARTBEAT_MS = 5000;
/** Without a sign of life for so long, a holder that cannot be asked (another machine) counts as gone. */
const SILENT_MS = 60_000;
/** A lock file without content is being written right now, or its writer died between two system calls. */
const EMPTY_MS = 5000;
const TELL_AFTER_MS = 3000;

function here(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function startOf(pid: number): string | undefined {
  try {
    // Field 22; the second field is the program's name in parentheses and may hold blanks.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing any more.
    return fields[0] === 'Z' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === undefined || startOf(pid) === started;
}

function readOwner(path: string): { owner: Owner | undefined; ageMs: number } | undefined {
  try {
    const ageMs = Date.now() - statSync(path).mtimeMs;
    const text = readFileSync(path, 'utf8');
    return { owner: text === '' ? undefined : (JSON.parse(text) as Owner), ageMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { owner: undefined, ageMs: Infinity };
    throw error;
  }
}

function isStale(found: { owner: Owner | undefined; ageMs: number }): boolean {
  if (found.owner === undefined) return found.ageMs > EMPTY_MS;
  return found.owner.place === here() ? !isAlive(found.owner) : found.ageMs > SILENT_MS;
}

function create(path: string, content: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, content);
  } finally {
    closeSync(file);
  }
  return true;
}

/** Removes a lock whose holder is gone. Between two that try, a second file decides, and nothing waits while it exists. */
function removeStale(path: string): void {
  const guard = `${path}.stale`;
  if (!create(guard, '')) {
    const found = readOwner(guard);
    if (found !== undefined && found.ageMs > EMPTY_MS) rmSync(guard, { force: true });
    return;
  }
  try {
    const found = readOwner(path);
    if (found !== undefined && isStale(found)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * Runs `body` while this process alone holds the lock file `path`; waits as long as a living process holds it.
 * A lock whose process is gone is taken over.
 *
 * @param waiting told once, after some seconds, who is waited for.
 */
export async function withMutex<T>(
  path: string,
  options: { signal?: AbortSignal; waiting?: (line: string) => void },
  body: () => Promise<T>,
): Promise<T> {
  const { signal, waiting } = options;
  const token = randomBytes(8).toString('hex');
  const owner: Owner = { pid: process.pid, place: here(), started: startOf(process.pid), token };
  const since = Date.now();
  let told = false;
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    throw new UserError(`cannot make the folder ${dirname(path)}: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
  while (!create(path, JSON.stringify(owner))) {
    signal?.throwIfAborted();
    const found = readOwner(path);
    if (found === undefined) continue;
    if (isStale(found)) {
      removeStale(path);
    } else if (!told && Date.now() - since > TELL_AFTER_MS) {
      told = true;
      waiting?.(`waiting for process ${found.owner?.pid ?? '?'}, which holds ${path}`);
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
  const heartbeat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // Somebody removed the file by hand; the work goes on.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await body();
  } finally {
    clearInterval(heartbeat);
    if (readOwner(path)?.owner?.token === token) rmSync(path, { force: true });
  }
}
