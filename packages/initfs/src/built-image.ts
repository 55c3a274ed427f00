import { join, resolve } from 'node:path';
import { type Elf, readElf } from '@nx-redox/binary';
import { type Arch, type Backend, fillPath, readNamedFile, UserError } from '@nx-redox/kit';
import { type InspectedImage, inspectInitfs } from './read';

/**
 * Reads an image that the executor `bundle` has written.
 *
 * @param path relative to the workspace; {arch} and {backend} are filled in
 * @throws {UserError} if it is not there, or is no image.
 */
export async function builtImage(
  workspaceRoot: string,
  path: string,
  values: { arch: Arch; backend: Backend },
): Promise<InspectedImage & { file: string }> {
  const file = fillPath(path, values);
  try {
    return { file, ...inspectInitfs(await readNamedFile(resolve(workspaceRoot, file)), { file }) };
  } catch (error) {
    if (!(error instanceof UserError) || (error.cause as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT')
      throw error;
    throw new UserError('there is no image', {
      file,
      advice: `bundle it first: the target bundle-${values.backend} of the project`,
      cause: error,
    });
  }
}

/**
 * Reads a program as it was linked.
 *
 * @param path relative to the workspace; {arch} and {backend} are filled in
 * @throws {UserError} if it is not there.
 */
export async function builtProgram(
  workspaceRoot: string,
  path: string,
  values: { arch: Arch; backend: Backend },
): Promise<Elf> {
  const file = fillPath(path, values);
  try {
    return await readElf(join(workspaceRoot, file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new UserError('there is no such program', {
      file,
      advice: `build it first: the target build-${values.backend} of the project`,
      cause: error,
    });
  }
}
