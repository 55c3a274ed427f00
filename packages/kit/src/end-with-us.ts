import { spawn } from 'node:child_process';

/**
 * Ends a program when this process is gone, even if it was killed by SIGKILL: a shell reads from a pipe that only we
 * hold. A program cannot do so itself on every system.
 *
 * @param target a process, or with a minus sign before it a process group
 * @returns a function that lets the guard go; call it when the program has ended.
 */
export function endWithUs(target: number): () => void {
  const script = 'read -r _ && exit; kill -TERM "$1"; sleep 2; kill -KILL "$1"';
  const shell = spawn('/bin/sh', ['-c', script, 'sh', String(target)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    // Out of the terminal's process group, so that Ctrl-C does not end the guard before its work.
    detached: true,
  });
  // Without a shell the other ways to end the program are left.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return () => void shell.stdin.end('\n');
}
