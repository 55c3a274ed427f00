import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { PreparedTask } from './command';

/** What of a task says where its files are. */
export type Places = Pick<PreparedTask, 'cargoRoot' | 'workspaceRoot' | 'placedScript' | 'linkerScript'>;

// A diagnostic's places, "--> src/main.rs:9:5" and "::: src/lib.rs:2:1"; coloured ones have escapes around the arrow.
const PLACE = /^((?:\x1b\[[\d;]*m|\s)*(?:-->|:::)(?:\x1b\[[\d;]*m|\s)*)(\S[^\n]*?)(?=:\d+:\d+)/gm; // eslint-disable-line no-control-regex

/**
 * Names files as the user knows them: relative to the workspace, so that a click in an editor's terminal opens them.
 * rustc names them relative to the Cargo workspace, or by the name that compiled programs get; the linker names the
 * copy of the linker script.
 */
export function withOwnNames(places: Places, text: string): string {
  const { placedScript, linkerScript, workspaceRoot } = places;
  const named = text.replace(PLACE, (_, arrow: string, file: string) => `${arrow}${ownName(places, file)}`);
  return placedScript && linkerScript ? named.replaceAll(placedScript, relative(workspaceRoot, linkerScript)) : named;
}

/** A file as rustc names it, relative to the workspace if it is in it. */
export function ownName({ cargoRoot, workspaceRoot }: Places, file: string): string {
  if (file.startsWith('/workspace/') && !existsSync(file)) return file.slice('/workspace/'.length);
  const path = resolve(cargoRoot, file);
  if (!existsSync(path)) return file;
  // A Cargo workspace may be built by links that leave some of its members out.
  const own = relative(realpathSync(workspaceRoot), realpathSync(path));
  return own.startsWith(`..${sep}`) || isAbsolute(own) ? file : own.split(sep).join('/');
}

/** A line such as `Compiling logd v0.1.0 (/home/me/os/recipes/mini/logd)`, with the folder relative to the workspace. */
export function withOwnFolder({ workspaceRoot }: Places, line: string): string {
  return line.replaceAll(`(${workspaceRoot}${sep}`, '(');
}
