import { UserError } from '@nx-redox/kit';
import type { SourceTask } from '../task';
import { badAddress } from './address';
import { git } from './run';

interface Submodule {
  url: string;
  update?: string;
}

export async function submodules(
  task: SourceTask,
  repository: string,
  commit: string,
  origin: string,
): Promise<Map<string, Submodule>> {
  const result = await git(task, ['config', '--blob', `${commit}:.gitmodules`, '-z', '--list'], { cwd: repository });
  if (result.exitCode !== 0) return new Map();
  const byName = new Map<string, Record<string, string>>();
  for (const line of result.stdout.split('\0')) {
    const [, name, key, value] = /^submodule\.([^]*)\.(\w+)\n([^]*)$/.exec(line) ?? [];
    if (name === undefined || key === undefined || value === undefined) continue;
    byName.set(name, { ...byName.get(name), [key]: value });
  }
  const found = new Map<string, Submodule>();
  for (const [name, { path, url, update }] of byName) {
    if (path === undefined || url === undefined) continue;
    const bad = badAddress(url);
    if (bad !== undefined) throw new UserError(`${origin}: the URL of submodule ${name} ${bad}`);
    found.set(path.replace(/\/$/, ''), { url, update });
  }
  return found;
}

/** A submodule's URL; a relative one begins at the URL of its parent (gitsubmodules(7)). */
export function submoduleUrl(parent: string, url: string): string {
  if (!url.startsWith('./') && !url.startsWith('../')) return url;
  let base = parent.replace(/\/+$/, '');
  let rest = url;
  for (;;) {
    if (rest.startsWith('./')) {
      rest = rest.slice(2);
    } else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      const cut = Math.max(base.lastIndexOf('/'), base.includes('://') ? -1 : base.lastIndexOf(':'));
      const separator = base[cut];
      base = base.slice(0, Math.max(cut, 0));
      if (separator === ':') return `${base}:${rest}`;
    } else {
      return `${base}/${rest}`;
    }
  }
}
