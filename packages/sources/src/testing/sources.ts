import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatError } from '@nx-redox/kit';
import { updateLock, type UpdateOptions } from '../lock/update';
import { fetchSource } from '../fetch';
import { LIMITS, sourceTask, type SourceTask } from '../task';

/** Content of files by path; null removes one. */
export type Files = Record<string, string | null>;

/** A git repository that a test makes. */
export class Repository {
  constructor(
    readonly path: string,
    readonly env: NodeJS.ProcessEnv,
  ) {
    mkdirSync(path, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main');
  }

  git(...args: string[]): string {
    return execFileSync('git', args, {
      cwd: this.path,
      env: this.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** Commits changes of files, and returns the commit. */
  commit(files: Files): string {
    for (const [path, text] of Object.entries(files)) {
      const full = join(this.path, path);
      if (text === null) rmSync(full);
      else write(full, text);
    }
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '-m', 'change');
    return this.git('rev-parse', 'HEAD');
  }
}

export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A workspace with a store and git settings of its own, in a temporary folder. */
export class SourceWorkspace {
  readonly temporary = realpathSync(mkdtempSync(join(tmpdir(), 'nx-redox-sources-')));
  readonly root = join(this.temporary, 'workspace');
  readonly gitConfig = join(this.temporary, 'gitconfig');
  readonly env = {
    HOME: this.temporary,
    REDOX_SOURCE_HOME: join(this.temporary, 'store'),
    REDOX_OFFLINE: undefined,
    COOKBOOK_OFFLINE: undefined,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: this.gitConfig,
    // git's own switch for its tests: what a test writes need not survive the machine.
    GIT_TEST_FSYNC: '0',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  };
  readonly lines: string[] = [];

  constructor() {
    // As in real life the recipes lie in a repository themselves.
    new Repository(this.root, this.processEnv);
  }

  get processEnv(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.env };
  }

  repository(name: string): Repository {
    return new Repository(join(this.temporary, 'repositories', name), this.processEnv);
  }

  task(options: Partial<SourceTask> = {}): SourceTask {
    return sourceTask({
      env: this.env,
      log: (line) => this.lines.push(line),
      limits: { ...LIMITS, answerMs: 5000, silenceMs: 2000 },
      ...options,
    });
  }

  write(path: string, text: string): void {
    write(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  exists(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  fetch(recipe: string, options: Partial<SourceTask> = {}) {
    return fetchSource(this.root, recipe, this.task(options));
  }

  update(recipe: string, options: UpdateOptions = {}, task: Partial<SourceTask> = {}) {
    return updateLock(this.root, recipe, options, this.task(task));
  }

  /** Writes the recipe `r/a` for a new repository with one file, locks and fetches it. */
  async fetched(extra = ''): Promise<Repository> {
    const repository = this.repository('one');
    repository.commit({ 'main.txt': 'first\nsecond\nthird\n' });
    this.write('r/a/recipe.toml', `[source]\ngit = "${repository.path}"\n${extra}\n`);
    await this.update('r/a');
    await this.fetch('r/a');
    return repository;
  }

  /** Runs git in the fetched tree of a recipe. */
  gitIn(recipe: string, ...args: string[]): string {
    const cwd = join(this.root, recipe, 'source');
    return execFileSync('git', args, { cwd, env: this.processEnv, encoding: 'utf8' }).trim();
  }

  /** What unfinished tasks have left in the folder of a recipe. */
  leftovers(recipe: string): string[] {
    return readdirSync(join(this.root, recipe)).filter((name) => /^\.source\.(\d|lock)/.test(name));
  }

  remove(): void {
    rmSync(this.temporary, { recursive: true, force: true });
  }
}

/** The message of an error that a user would see. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => formatError(error),
  );
}
