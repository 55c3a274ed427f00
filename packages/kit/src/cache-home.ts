import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The user's cache folder (XDG Base Directory Specification, by which a relative path is to be ignored). */
export function cacheHome({ XDG_CACHE_HOME: xdg }: NodeJS.ProcessEnv): string {
  return xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
}
