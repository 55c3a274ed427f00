import { join, resolve } from 'node:path';
import { cacheHome } from '@nx-redox/kit';

/** The user's folder for toolchains, outside every workspace, so that a second clone finds them. */
export interface Home {
  root: string;
  /** One folder for each installed toolchain. */
  toolchains: string;
  /** Downloaded source releases. */
  downloads: string;
  /** Archives that the source provider made. */
  archives: string;
  /** What unfinished source builds have done so far. */
  work: string;
}

/** `REDOX_TOOLCHAIN_HOME`, or `nx-redox` in the user's cache folder. */
export function toolchainHome(env: NodeJS.ProcessEnv = process.env): Home {
  const root = env.REDOX_TOOLCHAIN_HOME ? resolve(env.REDOX_TOOLCHAIN_HOME) : join(cacheHome(env), 'nx-redox');
  return {
    root,
    toolchains: join(root, 'toolchains'),
    downloads: join(root, 'downloads'),
    archives: join(root, 'archives'),
    work: join(root, 'work'),
  };
}
