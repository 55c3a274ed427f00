import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { ENV_FILE, ENV_TEXT } from '../env-file';

/** Packages whose executors the targets of a checkout name, and what runs them. */
const EXECUTOR_PACKAGES = ['cargo', 'installer', 'plugin', 'qemu', 'recipe', 'sources', 'toolchain'];

/** What Nx and builds write, and what the setup itself writes; `.nx-redox/edited` is for git to see. */
const MADE = ['/node_modules', '/.nx/', '/dist/', '/.nx-redox/*', '!/.nx-redox/edited/', '/recipes/**/.source*'];
const WRITTEN = ['/package.json', '/package-lock.json', '/nx.json', '/.nxignore', `/${ENV_FILE}`];
const HEADING = '# nx-redox';

export interface SetupOptions {
  /** The files are for git to track: only what builds make is ignored, in .gitignore. */
  track: boolean;
  /** Versions that package.json asks for. */
  versions: { nx: string; plugin: string };
}

/** A file that the setup writes. */
export interface SetupFile {
  /** Relative to the checkout. */
  path: string;
  text: string;
  isNew: boolean;
}

/** Whether a folder is a checkout of the cookbook, as far as its folders tell. */
function isCheckout(root: string): boolean {
  const isFolder = (name: string) => statSync(join(root, name), { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder('recipes') && isFolder('config') && readdirSync(join(root, 'config')).length > 0;
}

/**
 * The files that make a checkout of the cookbook an Nx workspace; those that say so already are not among them.
 *
 * @throws {UserError} if the folder is none, or a file in it that is to be changed cannot be read.
 */
export function planSetup(root: string, { track, versions }: SetupOptions): SetupFile[] {
  if (!isCheckout(root)) {
    const has = (name: string) => existsSync(join(root, name));
    throw new UserError(
      has('recipes')
        ? 'this folder has recipes/ but no config/: it is not a checkout of the cookbook'
        : 'this folder is not a checkout of the cookbook',
      {
        advice: [
          'run it where recipes/ and config/ of Redox are: git clone https://gitlab.redox-os.org/redox-os/redox',
          'for a workspace of your own: npx create-nx-workspace --preset=@nx-redox/plugin',
        ],
      },
    );
  }
  const exclude = track ? '.gitignore' : gitExclude(root);
  const ignored = track ? MADE : [...WRITTEN, ...MADE];
  const files = [
    json(root, 'package.json', (found) => withPackages(found, root, versions)),
    json(root, 'nx.json', withPlugin),
    // Configs and recipes of the user's own, which the cookbook has git ignore, are part of the graph.
    lines(root, '.nxignore', ['/dist/', '/.nx-redox/work/', '/build/', '/prefix/', '/repo/', '!my_*']),
    // One that is there is the user's own.
    existsSync(join(root, ENV_FILE)) ? undefined : { path: ENV_FILE, text: ENV_TEXT, isNew: true },
    ...(exclude === undefined ? [] : [lines(root, exclude, ignored)]),
  ];
  return files.filter((file) => file !== undefined);
}

type Json = Record<string, unknown>;

function json(root: string, path: string, change: (found: Json) => Json): SetupFile | undefined {
  const before = read(root, path);
  let found: Json = {};
  try {
    if (before !== undefined) found = JSON.parse(before) as Json;
  } catch (cause) {
    throw new UserError('is not valid JSON', { file: path, advice: 'correct it, or move it away', cause });
  }
  const text = `${JSON.stringify(change(structuredClone(found)), null, 2)}\n`;
  const isSame = before !== undefined && JSON.stringify(JSON.parse(text)) === JSON.stringify(found);
  return isSame ? undefined : { path, text, isNew: before === undefined };
}

function withPackages(found: Json, root: string, { nx, plugin }: SetupOptions['versions']): Json {
  const known = { ...(found['dependencies'] as Json), ...(found['devDependencies'] as Json) };
  const wanted = { nx, ...Object.fromEntries(EXECUTOR_PACKAGES.map((name) => [`@nx-redox/${name}`, plugin])) };
  const missing = Object.entries(wanted).filter(([name]) => known[name] === undefined);
  if (missing.length === 0) return found;
  const devDependencies = { ...(found['devDependencies'] as Json), ...Object.fromEntries(missing) };
  const name = basename(root)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-');
  return { ...(found['name'] === undefined ? { name, private: true } : {}), ...found, devDependencies };
}

function withPlugin(found: Json): Json {
  const plugins = (found['plugins'] as (string | { plugin: string })[] | undefined) ?? [];
  const has = plugins.some((entry) => (typeof entry === 'string' ? entry : entry.plugin) === '@nx-redox/plugin');
  return {
    $schema: './node_modules/nx/schemas/nx-schema.json',
    // The daemon watches what git does not ignore; the sources of recipes are ignored.
    useDaemonProcess: false,
    neverConnectToCloud: true,
    analytics: false,
    ...found,
    plugins: has ? plugins : [...plugins, { plugin: '@nx-redox/plugin', options: { configs: ['minimal'] } }],
  };
}

function lines(root: string, path: string, wanted: readonly string[]): SetupFile | undefined {
  const before = read(root, path);
  const known = new Set((before ?? '').split('\n').map((line) => line.trim()));
  const missing = wanted.filter((line) => !known.has(line));
  if (missing.length === 0) return undefined;
  const start = before === undefined || before === '' || before.endsWith('\n') ? (before ?? '') : `${before}\n`;
  const heading = known.has(HEADING) ? [] : [HEADING];
  return { path, text: `${start}${[...heading, ...missing].join('\n')}\n`, isNew: before === undefined };
}

function read(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`cannot be read: ${(error as NodeJS.ErrnoException).code}`, { file: path, cause: error });
  }
}

/** The file with patterns that only this clone ignores; undefined without git. */
function gitExclude(root: string): string | undefined {
  const git = join(root, '.git');
  const found = statSync(git, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.isDirectory()) return '.git/info/exclude';
  // A work tree or submodule: its .git names the folder, whose `commondir` has info/exclude.
  const folder = /^gitdir: (.*)$/m.exec(readFileSync(git, 'utf8'))?.[1];
  if (folder === undefined) return undefined;
  const common = read(join(root, folder), 'commondir')?.trim();
  return join(folder, common ?? '.', 'info/exclude');
}
