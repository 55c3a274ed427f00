import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** Finds a program as a shell does: in the folders of PATH, or at the path given. */
export async function findProgram(name: string, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const candidates =
    isAbsolute(name) || name.includes('/')
      ? [name]
      : (env.PATH ?? '').split(delimiter).flatMap((dir) => (dir ? [join(dir, name)] : []));
  for (const path of candidates) {
    const usable = await access(path, constants.X_OK).then(
      async () => (await stat(path)).isFile(),
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}
