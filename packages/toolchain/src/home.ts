import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

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

/** `REDOX_TOOLCHAIN_HOME`, or `nx-redox` in the user's cache folder (XDG Base Directory Specification). */
export function toolchainHome(env: NodeJS.ProcessEnv = process.env): Home {
  const xdg = env.XDG_CACHE_HOME;
  // The specification says that a relative path there is to be ignored.
  const cache = xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
  const root = env.REDOX_TOOLCHAIN_HOME ? resolve(env.REDOX_TOOLCHAIN_HOME) : join(cache, 'nx-redox');
  return {
    root,
    toolchains: join(root, 'toolchains'),
    downloads: join(root, 'downloads'),
    archives: join(root, 'archives'),
    work: join(root, 'work'),
  };
}
