// Runs one step of the tests. One that hangs is ended, and what was running is named: CI ends a job without a word.
import { spawn, spawnSync } from 'node:child_process';
import process from 'node:process';

/** All processes that `pid` has started and that run, and theirs. */
function descendants(pid) {
  // A list behind one -o would be the heading of its first column on macOS.
  const columns = ['pid=', 'ppid=', 'etime=', 'args='].flatMap((column) => ['-o', column]);
  const { stdout } = spawnSync('ps', ['-A', ...columns], { encoding: 'utf8' });
  const all = stdout.split('\n').flatMap((line) => {
    const [, id, parent, age, args] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return id === undefined ? [] : [{ pid: Number(id), parent: Number(parent), age, args }];
  });
  const found = [];
  for (let parents = [pid]; parents.length > 0;) {
    const next = all.filter(({ parent }) => parents.includes(parent));
    found.push(...next);
    parents = next.map((process) => process.pid);
  }
  return found;
}

/**
 * Runs a program on this terminal.
 *
 * @param limit seconds after which it hangs for sure.
 * @returns its exit status; null if a signal or the limit has ended it.
 */
export function runStep([program, ...args], { limit, write = (text) => process.stdout.write(text), ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    const timer = setTimeout(() => {
      const running = descendants(child.pid);
      write(`\nnot done after ${limit} s; running were:\n`);
      for (const { pid, age, args } of running) write(`  ${pid} for ${age}: ${args.slice(0, 200)}\n`);
      for (const pid of [child.pid, ...running.map(({ pid }) => pid)]) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has ended meanwhile.
        }
      }
    }, limit * 1000);
    child.once('error', reject);
    child.once('exit', (status) => {
      clearTimeout(timer);
      resolve(status);
    });
  });
}
