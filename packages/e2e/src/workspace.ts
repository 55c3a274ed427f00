import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { run, type RunOptions, type RunResult } from '@nx-redox/kit';
const ROOT = join(__dirname, '..', '..', '..');

/** A copy of this workspace, with its task cache, in which a test may change what it likes. */
export interface Workspace {
  root: string;
  /** Runs `nx` with these arguments; no daemon, no terminal. `wrapper` is a command that runs a command. */
  nx(
    args: readonly string[],
    options?: RunOptions & { wrapper?: readonly string[] },
  ): Promise<RunResult & { output: string }>;
  /** Replaces `from` in a file by `to`; it is an error if `from` is not there. */
  edit(file: string, from: string | RegExp, to: string): Promise<void>;
  read(file: string): Promise<string>;
  readJson<T>(file: string): Promise<T>;
  write(file: string, text: string): Promise<void>;
  /** Makes what is changed part of what `reset` goes back to, and `--uncommitted` starts from. */
  commit(): Promise<void>;
  /** Takes back every change, committed files and new ones; results of tasks stay. */
  reset(): Promise<void>;
  /** A folder for the test's own files, out of git's sight. */
  scratch(name: string): Promise<string>;
  remove(): Promise<void>;
}

/**
 * A PATH on which these programs are not found. A folder that holds one is replaced by a folder in `scratch` with links
 * to all the others: the shell may well live beside them.
 */
export async function pathWithout(scratch: string, ...programs: string[]): Promise<string> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => existsSync(folder));
  const replaced = folders.map(async (folder, index) => {
    const entries = await readdir(folder);
    if (!programs.some((program) => entries.includes(program))) return folder;
    const copy = join(scratch, `path-${index}`);
    await mkdir(copy, { recursive: true });
    const kept = entries.filter((entry) => !programs.includes(entry));
    await Promise.all(kept.map((entry) => symlink(join(folder, entry), join(copy, entry))));
    return copy;
  });
  return (await Promise.all(replaced)).join(delimiter);
}

/** Runs git in a folder, as somebody who exists everywhere; what it prints. */
export async function git(root: string, args: readonly string[]): Promise<string> {
  const identity = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@example.invalid', '-c', 'commit.gpgsign=false'];
  const result = await run('git', ['-C', root, ...identity, ...args]);
  if (result.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

/** Makes the copy: the files that git knows or would add, npm's packages as hard links, Nx's cache. */
export async function createWorkspace(): Promise<Workspace> {
  await mkdir(join(ROOT, 'tmp', 'e2e'), { recursive: true });
  const root = await mkdtemp(join(ROOT, 'tmp', 'e2e', 'ws-'));
  const files = await git(ROOT, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  for (const file of new Set(files.split('\0').filter(Boolean))) {
    // A file may be deleted in the work tree and still be known to git.
    await cp(join(ROOT, file), join(root, file), { verbatimSymlinks: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  // npm puts a package beside its one user when another version of it is at the root.
  const npmFolders = [...(await readdir(join(ROOT, 'packages'))).map((name) => join('packages', name)), '.'];
  for (const folder of npmFolders.map((name) => join(name, 'node_modules'))) {
    if (existsSync(join(ROOT, folder))) await run('cp', ['-al', join(ROOT, folder), join(root, folder)]);
  }
  // The programs in front of the compilers run compiled.
  for (const folder of npmFolders.map((name) => join(name, 'dist'))) {
    if (folder !== 'dist' && existsSync(join(ROOT, folder)))
      await run('cp', ['-a', join(ROOT, folder), join(root, folder)]);
  }
  await run('cp', ['-a', join(ROOT, '.nx'), join(root, '.nx')]);
  await git(root, ['init', '--quiet', '--initial-branch=main']);
  await git(root, ['add', '--all']);
  await git(root, ['commit', '--quiet', '--message=start']);

  const env = { NX_DAEMON: 'false', CI: 'true', NX_TUI: 'false', FORCE_COLOR: undefined, NO_COLOR: '1' };
  // Variables of the nx that runs these tests would bind the copy to the outer workspace.
  const outer = Object.keys(process.env).filter((name) => /^(NX_|npm_|VITEST)/.test(name));
  const clean = Object.fromEntries(outer.map((name) => [name, undefined]));

  const workspace: Workspace = {
    root,
    async nx(args, { wrapper = [], ...options } = {}) {
      const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
      const [program, ...rest] = [...wrapper, process.execPath, nx, ...args];
      const result = await run(program!, rest, {
        cwd: root,
        ...options,
        env: { ...clean, ...env, ...options.env },
      });
      return { ...result, output: result.stdout + result.stderr };
    },
    async edit(file, from, to) {
      const before = await workspace.read(file);
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${file} does not hold ${from}`);
      await workspace.write(file, after);
    },
    read: (file) => readFile(join(root, file), 'utf8'),
    readJson: async <T>(file: string) => JSON.parse(await workspace.read(file)) as T,
    async write(file, text) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), text);
    },
    async commit() {
      await git(root, ['add', '--all']);
      await git(root, ['commit', '--quiet', '--message=change']);
    },
    async reset() {
      await git(root, ['reset', '--quiet', '--hard', 'HEAD']);
      await git(root, ['clean', '--quiet', '--force', '-d']);
    },
    async scratch(name) {
      await mkdir(join(root, 'tmp'), { recursive: true });
      return mkdtemp(join(root, 'tmp', `${name}-`));
    },
    // Nx may still be writing its cache's records when its command has ended.
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
  return workspace;
}
