// What follows from the options of executors and generators: their schema.json, and a page for each in docs/reference.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { referencePage } from '../site/reference.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGES = join(ROOT, 'packages');
const INDEX = 'docs/reference/options.md';

process.env.SWC_NODE_PROJECT ??= join(ROOT, 'tsconfig.base.json');
const require = createRequire(import.meta.url);
require('@swc-node/register');
const { toNxSchema } = require(join(PACKAGES, 'kit/src/options/index.ts'));

const readJson = (file) => JSON.parse(readFileSync(join(PACKAGES, file), 'utf8'));

/** Every executor and generator: its package, its name and what it takes. */
function surfaces() {
  return readdirSync(PACKAGES).flatMap((name) =>
    ['executors', 'generators'].flatMap((kind) => {
      let listed;
      try {
        listed = readJson(`${name}/${kind}.json`)[kind];
      } catch (error) {
        if (error.code === 'ENOENT') return [];
        throw error;
      }
      return Object.entries(listed).map(([own, { description, hidden }]) => {
        const folder = `packages/${name}/src/${kind}/${own}`;
        const { schema } = require(join(ROOT, folder, 'options.ts'));
        return { kind, package: name, name: own, description, hidden, folder, schema: toNxSchema(schema) };
      });
    }),
  );
}

const INTRO = {
  executors: 'The plugin infers targets with this executor; `nx show project NAME` shows them with their options.',
  generators: '`nx g @nx-redox/plugin:NAME --help` shows the same in the terminal.',
};

function page({ kind, package: owner, name, schema }) {
  const intro = `${schema.description}\n\n${INTRO[kind].replace(':NAME', `:${name}`)}`;
  return `${referencePage(`@nx-redox/${owner}:${name}`, intro, 'Options', schema).trim()}\n`;
}

const sentence = (text) => (/[.!?)]$/.test(text) ? text : `${text}.`);
const pageName = ({ kind, package: owner, name }) => (kind === 'executors' ? `${owner}-${name}.md` : `${name}.md`);

function index(all) {
  const list = (kind) =>
    all
      .filter((surface) => surface.kind === kind)
      .map(
        (surface) =>
          `- [${surface.package}:${surface.name}](${kind}/${pageName(surface)}): ${sentence(surface.description)}`,
      )
      .join('\n');
  return [
    '# Executors and generators',
    'Made from their options by `npm run reference`.',
    ...['## Generators', list('generators')],
    ...['## Executors', list('executors')],
  ].join('\n\n');
}

/** All files that are made, by their path from the repository's root, with their text. */
export async function generate() {
  const all = surfaces();
  const pretty = async (path, text) => {
    const config = await prettier.resolveConfig(join(ROOT, path));
    return [path, await prettier.format(text, { ...config, filepath: path })];
  };
  return new Map([
    await pretty(INDEX, index(all)),
    ...(await Promise.all(all.map(({ folder, schema }) => pretty(`${folder}/schema.json`, JSON.stringify(schema))))),
    ...all.map((surface) => [`docs/reference/${surface.kind}/${pageName(surface)}`, page(surface)]),
  ]);
}
