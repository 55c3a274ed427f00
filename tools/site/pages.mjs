// The pages of the website, as Markdown: what lies in docs/ and in the packages, and a reference out of the schemas of files.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { referencePage } from './reference.mjs';

const REPOSITORY = 'https://github.com/nx-redox/nx-redox';
const HOME = 'index.md';

/** @returns {Map<string, string>} the page of each file of the repository that becomes one */
export function pagesOf(root) {
  const pages = new Map([
    ['README.md', HOME],
    ['CONTRIBUTING.md', 'contributing.md'],
    ['recipes/mini/README.md', 'reference/mini.md'],
  ]);
  for (const file of readdirSync(join(root, 'docs'), { recursive: true })) {
    if (file.endsWith('.md')) pages.set(`docs/${file}`, file);
  }
  for (const name of readdirSync(join(root, 'packages'))) {
    if (existsSync(join(root, 'packages', name, 'README.md')))
      pages.set(`packages/${name}/README.md`, `packages/${name}.md`);
  }
  return pages;
}

/** Links in Markdown, outside of code. */
const LINK = /(```[^]*?```|`[^`\n]*`)|(\]\()([^)\s]+)(?=\))/g;

/**
 * Points the links of a page at other pages, and at the repository for all that is no page.
 *
 * @param {string} text
 * @param {{ file: string, page: string, pages: Map<string, string>, exists: (file: string) => boolean }} where
 * @throws {Error} if a link leads nowhere
 */
export function relink(text, { file, page, pages, exists }) {
  return text.replace(LINK, (all, literal, start, href) => {
    if (literal !== undefined) return all;
    const own = href.startsWith(`${REPOSITORY}/blob/main/`) ? href.slice(`${REPOSITORY}/blob/main/`.length) : undefined;
    if (own === undefined && (/^[a-z]+:/.test(href) || href.startsWith('#'))) return all;
    const [path, place] = (own ?? href).split('#');
    const target = own === undefined ? posix.join(posix.dirname(file), path) : path;
    if (!exists(target)) throw new Error(`${file}: ${href}: there is no such file`);
    const hash = place === undefined ? '' : `#${place}`;
    // Pictures are copied with the folder docs.
    const copied = target.startsWith('docs/') && !target.endsWith('.md') ? target.slice('docs/'.length) : undefined;
    const other = pages.get(target) ?? copied;
    if (other === undefined) return `${start}${REPOSITORY}/blob/main/${target}${hash}`;
    const relative = posix.relative(posix.dirname(page), other);
    return `${start}${relative.startsWith('.') ? relative : `./${relative}`}${hash}`;
  });
}

/** Writes all pages into a folder, which is replaced. @throws {Error} if a link leads nowhere. */
export function writePages(root, folder) {
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, 'docs'), folder, { recursive: true });
  const pages = pagesOf(root);
  const exists = (file) => existsSync(join(root, file));
  for (const [file, page] of pages) {
    const text = relink(readFileSync(join(root, file), 'utf8'), { file, page, pages, exists });
    // The README is for those who see the repository; its links are examined all the same.
    if (file !== 'README.md') write(folder, page, text);
  }
  for (const [page, text] of referencePages(root)) write(folder, page, text);
}

function write(folder, page, text) {
  mkdirSync(dirname(join(folder, page)), { recursive: true });
  writeFileSync(join(folder, page), text);
}

const FILES = {
  recipe: ['recipe.toml', 'The keys of a recipe. Those of the table `nx` are ours; all others are the cookbook’s.'],
  system: ['system.toml', 'The keys of a system.'],
  toolchain: ['toolchain.toml', 'The keys of `recipes/toolchain/toolchain.toml`.'],
};

/** @returns {Map<string, string>} the pages on our files; those on executors and generators are in docs/reference */
export function referencePages(root) {
  const json = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
  const out = new Map();
  for (const [name, [title, intro]] of Object.entries(FILES)) {
    const schema = json('packages/recipe/schemas', `${name}.schema.json`);
    out.set(`reference/${name}-toml.md`, referencePage(title, intro, 'Keys', schema));
  }
  return out;
}
