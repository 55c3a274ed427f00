import { createHash, hash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Nx's folder for data of a workspace, where its own plugins keep such caches. */
export function workspaceDataDirectory(workspaceRoot: string): string {
  return resolve(workspaceRoot, process.env['NX_WORKSPACE_DATA_DIRECTORY'] ?? join('.nx', 'workspace-data'));
}

export function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** Hash of the code in `dir` and below: results of other code are not taken for those of this one. */
export function codeFingerprint(dir: string): string {
  const hash = createHash('sha256');
  const names = readdirSync(dir, { recursive: true }) as string[];
  for (const name of names.sort()) {
    if (/(?<!\.spec|\.d)\.[jt]s$/.test(name)) hash.update(name).update(readFileSync(join(dir, name)));
  }
  return hash.digest('base64url');
}

/** Writes a cache as a whole. A failure costs only time. */
export function writeCacheFile(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // Nothing was written.
    }
  }
}
