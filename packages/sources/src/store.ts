import { hash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { cacheHome, withoutCredentials } from '@nx-redox/kit';

/** Where fetched things are kept for all workspaces of a user. */
export interface Store {
  root: string;
  /** Bare repositories, one for each URL. */
  git: string;
  /** Downloaded archives. */
  archives: string;
}

/** `REDOX_SOURCE_HOME`, or `nx-redox/sources` in the user's cache folder. */
export function sourceStore(env: NodeJS.ProcessEnv): Store {
  const home = env['REDOX_SOURCE_HOME'];
  const root = home ? resolve(home) : join(cacheHome(env), 'nx-redox', 'sources');
  return { root, git: join(root, 'git'), archives: join(root, 'archives') };
}

/** Name of a URL's folder or file in the store: its last part for people, a hash of the whole for us. */
export function storeKey(url: string): string {
  const clean = withoutCredentials(url).replace(/\/+$/, '');
  const last = clean.split(/[/:?#]/).at(-1) ?? '';
  const slug =
    last
      .replace(/\.git$/, '')
      .replace(/[^\w.-]/g, '_')
      .replace(/^\.+/, '')
      .slice(0, 40) || 'source';
  return `${slug}-${hash('sha256', clean, 'hex').slice(0, 16)}`;
}
