import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '@nx-redox/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AFFECTED_MODES, selectBy } from './affected-modes';
import { createWorkspace, git, type Workspace } from './workspace';

interface Report {
  verdict: string;
  stages: { name: string; reached: boolean; line?: string }[];
}

const program = (name: string, text = '') => `//! Says that it runs, and ends.
#![no_std]
#![no_main]

use rt::println;
use rt::syscall::Result;

rt::entry!(main);

fn main() -> Result<()> {
    println!("${name}: ready${text}");
    Ok(())
}
`;

/** A git repository with programs for mini and the library that they share, which is mini's own runtime. */
class Daemons {
  private constructor(readonly path: string) {}

  static async create(workspace: Workspace, path: string, names: readonly string[]): Promise<Daemons> {
    const daemons = new Daemons(path);
    await mkdir(path, { recursive: true });
    await git(path, ['init', '--quiet', '--initial-branch=main']);
    for (const crate of ['abi', 'rt']) await run('cp', ['-a', join(workspace.root, 'recipes/mini', crate), path]);
    const members = JSON.stringify(['abi', 'rt', ...names]);
    const manifest = await workspace.read('recipes/mini/Cargo.toml');
    await daemons.write('Cargo.toml', manifest.replace(/^members = .*$/m, `members = ${members}`));
    await daemons.write('Cargo.lock', await workspace.read('recipes/mini/Cargo.lock'));
    await daemons.write('.gitignore', 'target/\n');
    const crate = await workspace.read('recipes/mini/zerod/Cargo.toml');
    for (const name of names) {
      await daemons.write(`${name}/Cargo.toml`, crate.replace('"zerod"', `"${name}"`));
      await daemons.write(`${name}/src/main.rs`, program(name));
    }
    // The lock file of mini, without its programs and with ours.
    const { cargo } = await workspace.readJson<{ cargo: string }>('dist/toolchain/location.json');
    const metadata = await run(cargo, ['metadata', '--format-version=1', '--offline'], { cwd: path });
    expect(metadata.exitCode, metadata.stderr).toBe(0);
    await daemons.commit();
    return daemons;
  }

  get url(): string {
    return `file://${this.path}`;
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.path, file)), { recursive: true });
    await writeFile(join(this.path, file), text);
  }

  /** Commits changed files, and returns the commit. */
  async commit(files: Record<string, string> = {}): Promise<string> {
    for (const [file, text] of Object.entries(files)) await this.write(file, text);
    await git(this.path, ['add', '--all']);
    await git(this.path, ['commit', '--quiet', '--message=change']);
    return (await git(this.path, ['rev-parse', 'HEAD'])).trim();
  }
}

describe('components from a git repository', () => {
  let workspace: Workspace;
  let daemons: Daemons;
  let env: Record<string, string | undefined>;
  beforeAll(async () => {
    workspace = await createWorkspace();
    const scratch = await workspace.scratch('daemons');
    env = { REDOX_SOURCE_HOME: join(scratch, 'store') };
    await nx('run', 'toolchain:install');
    daemons = await Daemons.create(workspace, join(scratch, 'repository'), ['alpha', 'beta', 'gamma']);
  });
  afterAll(() => workspace?.remove());

  const nx = async (...args: string[]) => {
    const { exitCode, output } = await workspace.nx(args, { env });
    expect(exitCode, output).toBe(0);
    return output;
  };
  const failing = async (...args: string[]) => {
    const { exitCode, output } = await workspace.nx(args, { env });
    expect(exitCode, output).not.toBe(0);
    expect(output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    return output;
  };
  const changed = async () =>
    (await git(workspace.root, ['status', '--porcelain', '--untracked-files=all']))
      .split('\n')
      .filter(Boolean)
      .map((line) => line.slice(3).replace('recipes/mini/', ''))
      .sort();
  const affected = async (target?: string) => {
    const narrowed = target === undefined ? [] : [`--with-target=${target}`];
    const args = ['show', 'projects', '--affected', '--uncommitted', '--json', ...narrowed];
    const { stdout } = await workspace.nx(args, { env });
    return (JSON.parse(stdout) as string[]).sort();
  };
  /** Runs tasks so that Nx shows each of them, those that they depend on too. */
  const tasks = (...args: string[]) => nx(...args, '--outputStyle=static');
  /** Tasks of such a run that did something, as far as their targets match. */
  const ran = (output: string, target: RegExp) => {
    const lines = [...output.matchAll(/^> nx run (\S+)(.*)$/gm)];
    const done = lines.filter(([, task, note]) => target.test(task!) && !/cache/.test(note!)).map(([, task]) => task!);
    // Those of a batch are shown while they run, and at its end.
    return [...new Set(done)].sort();
  };
  const commitOf = async (recipe: string) =>
    /^commit = "(.*)"$/m.exec(await workspace.read(`recipes/mini/${recipe}/recipe.lock`))?.[1];
  const boot = async () => {
    const output = await tasks('run-many', '-t', 'boot', '--projects=mini');
    const { verdict, stages } = await workspace.readJson<Report>('dist/aarch64/cranelift/mini/boot/report.json');
    expect(verdict).toBe('passed');
    return { output, lines: new Map(stages.map(({ name, line }) => [name, line])) };
  };

  // It compiles all of mini: the manifest of mini's Cargo workspace names the new sources, to leave them out.
  it('one command for each adds them, pinned, and the next boot shows them', { timeout: 900_000 }, async () => {
    for (const name of ['alpha', 'beta'])
      await nx('generate', '@nx-redox/plugin:recipe', name, `--git=${daemons.url}`, '--kind=program');
    const head = (await git(daemons.path, ['rev-parse', 'HEAD'])).trim();
    expect([await commitOf('alpha'), await commitOf('beta')]).toEqual([head, head]);
    expect((await changed()).filter((file) => /alpha|beta/.test(file))).toEqual([
      'alpha/recipe.lock',
      'alpha/recipe.toml',
      'beta/recipe.lock',
      'beta/recipe.toml',
    ]);
    const { output, lines } = await boot();
    expect(lines.get('alpha')).toMatch(/alpha: ready/);
    expect(lines.get('beta')).toMatch(/beta: ready/);
    expect(ran(output, /:fetch$/)).toEqual(['alpha:fetch', 'beta:fetch']);
    expect(ran((await boot()).output, /:(build-|bundle-|boot-)/)).toEqual([]);
    await workspace.commit();
  });

  describe.each(AFFECTED_MODES)('when affected selects %s', (mode) => {
    beforeAll(async () => {
      Object.assign(env, await selectBy(workspace, mode));
      // Another Nx may not take the results of the first.
      await boot();
    });

    it('a commit that touches one of them changes its lock, and only that is built', async () => {
      const commit = await daemons.commit({ 'alpha/src/main.rs': program('alpha', `, once more by ${mode}`) });
      await nx('run-many', '-t', 'update-lock');
      expect(await changed()).toEqual(['alpha/recipe.lock']);
      expect(await commitOf('alpha')).toBe(commit);
      expect(await affected()).toEqual(['alpha', 'initfs', 'mini']);
      expect([await affected('build'), await affected('boot')]).toEqual([['alpha'], ['mini']]);
      const output = await tasks('affected', '-t', 'boot', '--uncommitted');
      expect(ran(output, /:(build-|bundle-|boot-)/)).toEqual([
        'alpha:build-cranelift',
        'initfs:bundle-cranelift',
        'mini:boot-cranelift',
      ]);
      expect((await boot()).lines.get('alpha')).toContain(`alpha: ready, once more by ${mode}`);
      await workspace.commit();
    });

    it('one that touches the library that they share changes both', async () => {
      await daemons.commit({
        'rt/src/lib.rs': `${await workspace.read('recipes/mini/rt/src/lib.rs')}// changed by ${mode}\n`,
      });
      await nx('run', 'mini:update-locks');
      expect(await changed()).toEqual(['alpha/recipe.lock', 'beta/recipe.lock']);
      expect(await affected()).toEqual(['alpha', 'beta', 'initfs', 'mini']);
      expect(await affected('build')).toEqual(['alpha', 'beta']);
      const output = await tasks('affected', '-t', 'build', '--uncommitted');
      expect(ran(output, /:build-/)).toEqual(['alpha:build-cranelift', 'beta:build-cranelift']);
      await workspace.commit();
    });

    it('one that touches neither changes nothing', async () => {
      await daemons.commit({ 'README.md': `Daemons by ${mode}\n`, 'gamma/src/main.rs': program('gamma', '!') });
      await nx('run-many', '-t', 'update-lock');
      expect(await changed()).toEqual([]);
    });
  });

  it('a tree that is not what the lock names is not built, and not overwritten', async () => {
    await workspace.edit('recipes/mini/beta/source/beta/src/main.rs', 'ready', 'steady');
    const output = await failing('run', 'beta:build');
    expect(output).toContain('recipes/mini/beta/source has changes of its own');
    expect(output).toContain('beta/src/main.rs');
    expect(output).toContain('rm -r recipes/mini/beta/source');
    expect(await failing('run', 'beta:update-lock')).toContain('beta/src/main.rs');
    await rm(join(workspace.root, 'recipes/mini/beta/source'), { recursive: true });
    await nx('run', 'beta:build');
  });

  it('a lock that is missing or does not fit is said so', async () => {
    await rm(join(workspace.root, 'recipes/mini/beta/recipe.lock'));
    expect(await failing('run', 'beta:build')).toMatch(/there is no recipe\.lock[^]*update-lock/);
    await workspace.reset();
    await workspace.edit('recipes/mini/beta/recipe.toml', /^(git = .*)$/m, '$1\nbranch = "other"');
    expect(await failing('run', 'beta:build')).toMatch(/branch is other now and was not set/);
    await workspace.reset();
  });

  it('both can take one source', async () => {
    const source = `[source]\ngit = "${daemons.url}"\n\n[nx]\nkind = "library"\n`;
    await workspace.write('recipes/mini/daemons/recipe.toml', source);
    for (const name of ['alpha', 'beta']) {
      await workspace.edit(`recipes/mini/${name}/recipe.toml`, /^git = .*$/m, 'same_as = "../daemons"');
      await rm(join(workspace.root, 'recipes/mini', name, 'source'), { recursive: true });
    }
    await nx('run-many', '-t', 'update-lock', '--parallel=4');
    // Several tasks look after one tree at once.
    await nx('run-many', '-t', 'build-cranelift', '--projects=alpha,beta', '--parallel=4');
    expect(existsSync(join(workspace.root, 'recipes/mini/alpha/source'))).toBe(false);
    await workspace.commit();
  });

  // The tests that follow want the workspace's own Nx.
  describe.each([...AFFECTED_MODES].reverse())('with one source for both, when affected selects %s', (mode) => {
    beforeAll(async () => {
      Object.assign(env, await selectBy(workspace, mode));
      await boot();
    });

    it('a commit still changes only what it touches', async () => {
      const commit = await daemons.commit({ 'beta/src/main.rs': program('beta', ` at last by ${mode}`) });
      await nx('run-many', '-t', 'update-lock');
      // All that the source holds counts for the recipe that owns it, but nothing of that is built.
      expect(await changed()).toEqual(['beta/recipe.lock', 'daemons/recipe.lock']);
      expect(await commitOf('daemons')).toBe(commit);
      expect(await affected()).toEqual(['beta', 'daemons', 'initfs', 'mini']);
      const output = await tasks('affected', '-t', 'build', '--uncommitted');
      expect(ran(output, /:build-/)).toEqual(['beta:build-cranelift']);
      await workspace.commit();
    });
  });

  it('an imported recipe gets its lock, and a script that lacks a C library says so', async () => {
    const cookbook = await workspace.scratch('cookbook');
    await mkdir(join(cookbook, 'gamma'));
    const script = 'template = "custom"\nscript = """\nDYNAMIC_INIT\ncookbook_cargo_packages gamma\n"""\n';
    const settings = '[nx]\nspec = "mini"\nlinker-script = "../../../rt/program.ld"\n';
    await writeFile(
      join(cookbook, 'gamma/recipe.toml'),
      `[source]\ngit = "${daemons.url}"\n\n[build]\n${script}\n${settings}`,
    );
    const said = await nx('generate', '@nx-redox/plugin:import', cookbook, '--directory=recipes/mini/imported');
    expect(said).toContain('lock files written to recipes/mini/imported: 1');
    expect(await workspace.read('recipes/mini/imported/gamma/recipe.lock')).toContain(daemons.url);
    // Its script compiles for Redox, as in the cookbook; mini has no C library for that.
    const { output, exitCode } = await workspace.nx(['run', 'gamma:build-cranelift']);
    expect(exitCode).toBe(1);
    expect(output).toContain('recipe gamma compiles for Redox with std, which needs a C library, and it has none');
    expect(output).toContain('recipes/mini/imported/gamma/recipe.toml:');
    await workspace.reset();
  });
});
