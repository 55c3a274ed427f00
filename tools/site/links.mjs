// Looks for links of a built site that lead nowhere: to a page that is not there, or to a place that no page has.
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

const ORIGIN = 'site://here';
const attributes = (html, name) => [...html.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value]) => value);
const decode = (text) =>
  text
    .replace(/&amp;/g, '&')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"');

/**
 * @param {Map<string, string>} pages HTML by path, such as `how-to/ci.html`
 * @param {Set<string>} files paths of everything else
 * @returns {string[]} one line for each link that leads nowhere
 */
export function deadLinks(pages, files) {
  const places = new Map([...pages].map(([path, html]) => [path, new Set(attributes(html, 'id').map(decode))]));
  const dead = [];
  for (const [path, html] of pages) {
    for (const href of new Set([...attributes(html, 'href'), ...attributes(html, 'src')].map(decode))) {
      const url = new URL(href, `${ORIGIN}/${path}`);
      if (url.origin !== new URL(ORIGIN).origin || url.protocol !== 'site:') continue;
      const plain = decodeURIComponent(url.pathname.slice(1));
      const target = plain === '' || plain.endsWith('/') ? posix.join(plain, 'index.html') : plain;
      const place = decodeURIComponent(url.hash.slice(1));
      if (!pages.has(target) && !files.has(target)) dead.push(`${path}: ${href}: there is no such page`);
      else if (place !== '' && !places.get(target)?.has(place))
        dead.push(`${path}: ${href}: the page has no such place`);
    }
  }
  return dead;
}

/** As {@link deadLinks}, for a folder; and how many pages it has. */
export function checkSite(folder) {
  const all = readdirSync(folder, { recursive: true });
  const html = all.filter((path) => path.endsWith('.html'));
  const pages = new Map(html.map((path) => [path, readFileSync(posix.join(folder, path), 'utf8')]));
  return { pages: pages.size, dead: deadLinks(pages, new Set(all)) };
}
