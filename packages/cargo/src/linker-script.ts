import { access, readFile } from 'node:fs/promises';
import { dirname, join, parse, relative, resolve } from 'node:path';
import { linkerScriptIncludes } from '@nx-redox/cargo-read';
import { blake3Bytes, UserError, writeFileWhole } from '@nx-redox/kit';
import type { BuildTask } from './task';

/** Scripts take in scripts; a circle of them never ends. */
const MAX_DEPTH = 16;

/** A linker script, as it is linked with. */
export interface PlacedScript {
  path: string;
  /** All files that are in it, by their own names: the script and what it includes. */
  files: string[];
}

/**
 * Copies the task's linker script to `<dir>/<name>-<hash of its content>.ld` and returns that file. Cargo does not
 * watch linker scripts; a new name makes it link again. A name, found on the search path, also keeps folders out of the
 * bytes. What the script takes in with INCLUDE is copied likewise: it is looked for beside the script that names it, then
 * in the folder of the Cargo workspace, where the linker runs.
 *
 * @throws {UserError} if a script cannot be read.
 */
export async function placeLinkerScript(
  task: BuildTask,
  dir: string,
  cargoRoot: string,
): Promise<PlacedScript | undefined> {
  if (task.linkerScript === undefined) return undefined;
  const file = relative(task.workspaceRoot, task.linkerScript);
  const files: string[] = [];
  const place = async (script: string, content: Buffer, depth: number): Promise<string> => {
    files.push(script);
    const text = await withPlacedIncludes(content, script, depth);
    const { name, ext } = parse(script);
    const path = join(dir, `${name}-${(await blake3Bytes(text)).slice(0, 16)}${ext === '' ? '.ld' : ext}`);
    await access(path).catch(() => writeFileWhole(path, text));
    return path;
  };
  const withPlacedIncludes = async (content: Buffer, script: string, depth: number): Promise<Buffer> => {
    // Byte by byte: a script is text in whatever encoding.
    const text = content.toString('latin1');
    const parts: string[] = [];
    let at = 0;
    for (const { name, start, end } of linkerScriptIncludes(text)) {
      const found = await findIncluded(script, Buffer.from(name, 'latin1').toString('utf8'));
      // The linker has folders of its own to look in.
      if (found === undefined) continue;
      if (depth >= MAX_DEPTH) {
        throw new UserError(`INCLUDE of ${name} is ${MAX_DEPTH} scripts deep: they include each other`, {
          file: relative(task.workspaceRoot, script),
          advice: 'take the circle out',
        });
      }
      const placed = await place(found.path, found.content, depth + 1);
      parts.push(text.slice(at, start), Buffer.from(parse(placed).base, 'utf8').toString('latin1'));
      at = end;
    }
    return parts.length === 0 ? content : Buffer.from([...parts, text.slice(at)].join(''), 'latin1');
  };
  const findIncluded = async (script: string, name: string) => {
    for (const base of [dirname(script), cargoRoot]) {
      const path = resolve(base, name);
      const content = await readFile(path).catch(() => undefined);
      if (content !== undefined) return { path, content };
    }
    return undefined;
  };
  const content = await readFile(task.linkerScript).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot read the linker script of ${task.project}: ${error.code ?? error.message}`, {
      file,
      advice: 'correct `linker-script` in the recipe: it is relative to the recipe',
    });
  });
  const path = await place(task.linkerScript, content, 0);
  return { path, files };
}
