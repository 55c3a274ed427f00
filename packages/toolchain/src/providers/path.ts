import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { locate } from '../location';
import type { Provider } from './provider';

/** Uses a toolchain that is there, as it is. */
export const fromPath: Provider = async ({ options }) => {
  if (!options.path)
    throw new UserError('the provider "path" needs a folder', { advice: 'set REDOX_TOOLCHAIN or the option "path"' });
  const root = resolve(options.path);
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    throw new UserError(`the toolchain's folder does not exist: ${root}`, {
      advice: 'correct REDOX_TOOLCHAIN or the option "path"',
    });
  }
  return locate(root, 'path');
};
