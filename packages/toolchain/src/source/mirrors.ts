import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The base URLs in one-line sources (`deb [options] URI suite component…`, sources.list(5)) with component main. */
function oneLineSources(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+\s+(.*)$/.exec(line.replace(/#.*/, ''));
    return match?.[1] && match[2]?.split(/\s+/).includes('main') ? [match[1]] : [];
  });
}

/** The base URLs in deb822 sources (stanzas with `URIs:` and `Components:`) with component main. */
function stanzaSources(text: string): string[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) =>
      new RegExp(`^${name}:((?:.*)(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    const off = field('Enabled').some((value) => /^(no|false|off|without)$/i.test(value));
    return !off && field('Components').includes('main') ? field('URIs') : [];
  });
}

/**
 * Base URLs of the package archives that this machine's apt is set up with, in its order.
 * Which of them are Debian's and hold the file shows when they are asked.
 */
export async function aptMirrors(root = '/etc/apt'): Promise<string[]> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const parts = join(root, 'sources.list.d');
  const names = (await readdir(parts).catch((): string[] => [])).sort();
  const found = oneLineSources(await read(join(root, 'sources.list')));
  for (const name of names) {
    const text = await read(join(parts, name));
    if (name.endsWith('.list')) found.push(...oneLineSources(text));
    if (name.endsWith('.sources')) found.push(...stanzaSources(text.replace(/^#.*\n?/gm, '')));
  }
  const web = found.filter((url) => /^https?:\/\//.test(url)).map((url) => url.replace(/\/+$/, ''));
  return [...new Set(web)];
}
