import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addDependenciesToPackageJson, formatFiles, readNxJson, type GeneratorCallback, type Tree } from '@nx/devkit';
import { TOOLCHAIN_FILE } from '../../files';
import { asGenerator } from '../as-generator';
import { addPluginTo, hasPlugin } from '../nx-json';
import { allSystems } from '../systems';
import { schema } from './options';

/** The Rust of new workspaces: the newest that the toolchain's providers know. */
const RUST = '1.95.0';
/** Packages whose executors targets name. */
const EXECUTOR_PACKAGES = ['abi-doctor', 'cargo', 'image', 'initfs', 'qemu', 'recipe', 'sources', 'toolchain'];
// Editors read the first line: Even Better TOML, and others that use Taplo.
const TOOLCHAIN = `#:schema ../../node_modules/@nx-redox/recipe/schemas/toolchain.schema.json

# The Rust that all systems of this workspace are built with.
[toolchain]
rust = "${RUST}"
`;

/** What builds and fetches write into the workspace. */
const IGNORED_BY_GIT = ['/dist/', '/target/', '/recipes/**/source/', '/recipes/**/.source*'];
/** Texts beside recipes change nothing that is built. */
const IGNORED_BY_NX = ['recipes/**/*.md'];

/** Sets a workspace up: nx.json, package.json, ignored files, the toolchain. Done twice, it changes nothing more. */
export const initGenerator = asGenerator('init', schema, async (tree, options) => {
  const nxJson = readNxJson(tree);
  const addPlugin =
    options.addPlugin ?? (process.env['NX_ADD_PLUGINS'] !== 'false' && nxJson?.useInferencePlugins !== false);
  if (addPlugin && !hasPlugin(tree)) addPluginTo(tree, allSystems(tree));
  addLines(tree, '.gitignore', IGNORED_BY_GIT);
  addLines(tree, '.nxignore', IGNORED_BY_NX);
  if (!tree.exists(TOOLCHAIN_FILE)) tree.write(TOOLCHAIN_FILE, TOOLCHAIN);
  const install = options.skipPackageJson ? undefined : addDependencies(tree, options.keepExistingVersions ?? false);
  if (!options.skipFormat) await formatFiles(tree);
  return install;
});

export default initGenerator;

/** Adds lines to a file of patterns, unless it has them in some form. */
function addLines(tree: Tree, file: string, patterns: readonly string[]): void {
  const text = tree.read(file, 'utf8') ?? '';
  const plain = (pattern: string) =>
    pattern
      .trim()
      .replace(/^\//, '')
      .replace(/\/\*{0,2}$/, '');
  const known = new Set(text.split('\n').map(plain));
  const missing = patterns.filter((pattern) => !known.has(plain(pattern)));
  if (missing.length === 0) return;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const start = text === '' || text.endsWith('\n') ? text : text + eol;
  tree.write(file, start + missing.map((pattern) => pattern + eol).join(''));
}

/**
 * Adds the plugin and the packages whose executors its targets name: Nx looks for executors from the workspace's root,
 * where some package managers put only what package.json names.
 */
function addDependencies(tree: Tree, keepExistingVersions: boolean): GeneratorCallback {
  const own = JSON.parse(readFileSync(join(__dirname, '..', '..', '..', 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    dependencies: Record<string, string>;
  };
  const scope = `${own.name.split('/')[0]}/`;
  const siblings = Object.entries(own.dependencies).filter(([name]) =>
    EXECUTOR_PACKAGES.some((executors) => name === `${scope}${executors}`),
  );
  const wanted = { [own.name]: own.version, ...Object.fromEntries(siblings) };
  return addDependenciesToPackageJson(tree, {}, wanted, 'package.json', keepExistingVersions);
}
