import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { run, SAFE_GIT, UserError, visible, writeFileWhole } from '@nx-redox/kit';
import { formatInputs, INPUTS_NAME, parseInputs, TREE_NAME, USED_NAME } from '@nx-redox/recipe/parse';
import type { Coverage } from './coverage';
import type { Reads } from './reads';

/** What a build is compared with. */
export interface InputsQuestion {
  project: string;
  workspaceRoot: string;
  /** Folder of the recipe, relative to the workspace. */
  recipeDir: string;
  /** Undefined if nobody can tell: nothing is compared then. */
  coverage: Coverage | undefined;
  /** Absolute folders whose content other hashes stand for: what is compiled, the toolchain, the sysroot, crates by checksum. */
  derived: readonly string[];
  /** In a checkout of the cookbook, whose recipes are upstream's: the recipe, for which nx.json says what it reads. */
  checkout?: string;
  /** When the task began, in milliseconds since 1970: its hash was made before. */
  started?: number;
}

/** Lines of a list in a message. */
const SHOWN = 30;

/** Variables by which a build script may find programs and folders of this machine: they say how, not what. */
const HOW =
  /^(PATH|RUSTC.*|RUSTUP_HOME|CARGO.*|SCCACHE_.*|CCACHE_.*|NO_COLOR|TERM|LANG|LC_.*|TZ|TMPDIR|(DY)?LD_LIBRARY_PATH)$/;
/** What cargo itself sets for each crate from manifests, which are inputs, and the constants of our own environment. */
const SET_BY_CARGO =
  /^(CARGO|CARGO_(PKG|BIN|CRATE|PRIMARY|MANIFEST|CFG|FEATURE)_.*|CARGO_(ENCODED_RUSTFLAGS|MANIFEST_DIR)|OUT_DIR|TARGET|HOST|PROFILE|OPT_LEVEL|DEBUG|NUM_JOBS|RUSTC|RUSTDOC|DEP_.*|LANG|TZ|RUST_TARGET_PATH)$/;

/**
 * Compares what a build has read with what the hash of its task covers. Files of the workspace that nobody foresaw are
 * written to the recipe's recipe.inputs: the next graph has them among the inputs.
 *
 * @throws {UserError} if the hash lacks anything: the result must not be kept under it.
 */
export async function requireCovered(question: InputsQuestion, reads: Reads): Promise<void> {
  const { project, workspaceRoot, recipeDir, coverage, derived, checkout, started } = question;
  if (coverage === undefined) return;
  const root = await realpath(workspaceRoot);
  const known = [...derived, ...reads.locked];
  const knownReal = await Promise.all(known.map((dir) => realpath(dir).catch(() => dir)));
  const isIn = (path: string, dir: string): boolean => path === dir || path.startsWith(`${dir}${sep}`);
  const file = `${recipeDir}/${INPUTS_NAME}`;
  const before = parseInputs(await readFile(join(root, file), 'utf8').catch(() => ''));
  const isLocked = await lockedFiles(root, recipeDir, coverage);
  const missing = new Map<string, string>();
  const outside: string[] = [];
  const changed: string[] = [];
  for (const [path, by] of reads.files) {
    if (known.some((dir) => isIn(path, dir))) continue;
    const real = await realOf(path);
    if (knownReal.some((dir) => isIn(real.path, dir))) continue;
    const name = relative(root, real.path).split(sep).join('/');
    if (name === '' || name.startsWith('..') || isAbsolute(name)) {
      outside.push(`${real.path} (${by})`);
      continue;
    }
    if (real.kind === undefined) {
      // A build script waits for it: Nx has patterns for crates and for the list, whether there is such a file or not.
      if (!before.includes(name) && !reads.local.some((dir) => isIn(path, dir))) missing.set(name, by);
      continue;
    }
    // A folder that a build script watches counts with its files.
    const names = real.kind === 'folder' ? await filesBelow(name, root) : [name];
    for (const one of names) if (!coverage.files.has(one) && !isLocked(one)) missing.set(one, by);
    // Some clocks are wrong: a file of tomorrow was not changed just now.
    if (started !== undefined && real.changed > started && real.changed <= Date.now()) changed.push(name);
  }
  const advice: string[] = [];
  const lines: string[] = [];
  if (missing.size > 0) {
    const ignored = await ignoredFiles([...missing.keys()], root);
    const inTree = (name: string): boolean => !before.includes(name) && treeOf(name) !== undefined;
    const hidden = [...missing.keys()].filter((name) => !inTree(name) && (ignored.has(name) || before.includes(name)));
    const seen = [...missing.keys()].filter((name) => !hidden.includes(name));
    const written = checkout === undefined ? seen : [];
    if (checkout !== undefined && seen.length > 0) {
      for (const name of seen) lines.push(`${name}, read by ${missing.get(name)}`);
      advice.push(inNxJson('inputs', checkout, seen));
    }
    for (const name of written) lines.push(`${name}, read by ${missing.get(name)}: from now on an input, by ${file}`);
    if (written.length > 0) {
      await writeFileWhole(join(root, file), formatInputs([...before, ...written]));
      advice.push(`run the same again, and commit ${file}: its hash knows these files then`);
      if (written.some(inTree)) {
        advice.push(`files of a fetched source count by recipe.lock: npx nx run ${project}:update-lock --keep`);
      }
    }
    for (const name of hidden) lines.push(`${name}, read by ${missing.get(name)}: git or .nxignore hides it from Nx`);
    if (hidden.length > 0) {
      advice.push('take hidden files out of .gitignore and .nxignore, or let a build script make them in OUT_DIR');
    }
  }
  for (const name of outside) lines.push(`${name}: outside the workspace`);
  if (outside.length > 0)
    advice.push(
      `copy files from outside into the workspace, and ${checkout === undefined ? 'name them with `inputs` in [nx] of the recipe' : inNxJson('inputs', checkout, ['FILE'])}`,
    );
  for (const path of reads.unchecked) {
    lines.push(
      `${relative(root, path).split(sep).join('/')}: a file of a vendored crate that its .cargo-checksum.json does not name`,
    );
  }
  if (reads.unchecked.length > 0) {
    advice.push(
      'vendored crates are as their checksums say: vendor them again (`cargo vendor`), and take an edited crate by its path, with [patch.crates-io] in Cargo.toml',
    );
  }
  const unknown: string[] = [];
  for (const [name, { by, isCompiledIn }] of reads.variables) {
    if (coverage.variables.has(name) || SET_BY_CARGO.test(name) || (!isCompiledIn && HOW.test(name))) continue;
    lines.push(`the variable ${name}, ${isCompiledIn ? 'compiled into' : 'read by'} ${by}`);
    unknown.push(name);
  }
  if (unknown.length > 0) {
    advice.push(
      checkout === undefined
        ? `name ${unknown.join(', ')} with \`env\` in [nx] of ${recipeDir}/recipe.toml`
        : inNxJson('env', checkout, unknown),
    );
  }
  if (lines.length > 0) {
    throw new UserError(
      `${project} is built, but its result is not kept: the hash of this task does not know what the build has read:${listed(lines)}`,
      { file: missing.size > 0 && checkout === undefined ? file : `${recipeDir}/recipe.toml`, advice },
    );
  }
  if (changed.length > 0) {
    throw new UserError(
      `${project} is built, but its result is not kept: files were changed while it was built: ${changed.join(', ')}`,
      { advice: 'run the same again' },
    );
  }
}

/** What to write into nx.json. */
function inNxJson(option: 'inputs' | 'env', recipe: string, names: readonly string[]): string {
  return `name ${option === 'env' ? 'it' : 'them'} in nx.json, options of @nx-redox/plugin: ${JSON.stringify({ [option]: { [recipe]: names.slice(0, SHOWN) } }).slice(1, -1)}`;
}

/** The recipe whose fetched source a file is of. */
function treeOf(name: string): string | undefined {
  return new RegExp(`^(.+?)/${TREE_NAME}/`).exec(name)?.[1];
}

/**
 * Whether the lock of a recipe stands for a file: of the own tree for those that count, of another recipe's, which was
 * named in a patch, for all, if that lock is an input.
 */
async function lockedFiles(root: string, recipeDir: string, coverage: Coverage): Promise<(name: string) => boolean> {
  const text = await readFile(join(root, recipeDir, USED_NAME), 'utf8').catch(() => undefined);
  const used = text === undefined ? undefined : (JSON.parse(text) as { tree: string; files: string[] | null });
  const own = used?.files === null ? undefined : new Set(used?.files);
  return (name) => {
    if (used !== undefined && name.startsWith(`${used.tree}/`)) {
      return own === undefined || own.has(name.slice(used.tree.length + 1));
    }
    const owner = treeOf(name);
    return owner !== undefined && coverage.files.has(`${owner}/recipe.lock`);
  };
}

/** Lines below a message, as many as somebody reads. */
function listed(lines: readonly string[]): string {
  const shown = lines.toSorted().slice(0, SHOWN);
  const rest = lines.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].map((line) => `\n  ${visible(line)}`).join('');
}

interface RealFile {
  path: string;
  kind: 'file' | 'folder' | undefined;
  /** When it was last changed, in milliseconds since 1970. */
  changed: number;
}

/** Where a path leads; that of a file which is not there is made of the folders that are. */
async function realOf(path: string): Promise<RealFile> {
  try {
    const real = await realpath(path);
    const found = await stat(real);
    return {
      path: real,
      kind: found.isDirectory() ? 'folder' : 'file',
      changed: found.isDirectory() ? 0 : found.mtimeMs,
    };
  } catch {
    const parent = dirname(path);
    if (parent === path) return { path, kind: undefined, changed: 0 };
    return { path: join((await realOf(parent)).path, basename(path)), kind: undefined, changed: 0 };
  }
}

async function filesBelow(dir: string, root: string): Promise<string[]> {
  const entries = await readdir(join(root, dir), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !/(^|\/)(\.git|node_modules|target)\//.test(name));
}

/** Those of some files that Nx does not see: by .gitignore, or by its own .nxignore, which is of the same form. */
async function ignoredFiles(names: readonly string[], root: string): Promise<ReadonlySet<string>> {
  const nxIgnore = ['-c', `core.excludesFile=${join(root, '.nxignore')}`];
  const args = [...SAFE_GIT, ...nxIgnore, 'check-ignore', '--no-index', '-z', '--stdin'];
  const result = await run('git', args, { cwd: root, input: names.map((name) => `${name}\0`).join('') });
  return new Set(result.stdout.split('\0').filter((name) => name !== ''));
}
