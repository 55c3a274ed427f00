import { join } from 'node:path';
import { contentOf, INSTALLED, stampsOf } from '../bin/installed';
import { identityFile } from './identity/identity';
import { locationFile, writeJsonIfChanged } from './location';

/**
 * Notes what an installation rests on and what it wrote, so that the next `toolchain:install` comes from the cache for
 * as long as both stay the same (`bin/redox-toolchain-state.js`, an input of the task).
 */
export async function noteInstalled(workspaceRoot: string, files: readonly string[]): Promise<void> {
  const written = [identityFile, locationFile].map((file) => file(''));
  await writeJsonIfChanged(join(workspaceRoot, INSTALLED), {
    files: stampsOf(files),
    written: Object.fromEntries(written.map((path) => [path, contentOf(join(workspaceRoot, path))])),
  });
}
