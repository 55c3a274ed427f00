import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AFFECTED_MODES, selectBy } from './affected-modes';
import { createWorkspace, git, type Workspace } from './workspace';

/** A recipe whose crate lies in `folder`. */
const recipe = (folder: string) =>
  `[source]\npath = "../../../${folder}"\n[build]\ntemplate = "cargo"\n[nx]\nspec = "mini"\nlinker-script = "../rt/program.ld"\n`;
const crate = (name: string): Record<string, string> => ({
  'Cargo.toml': `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n`,
  'Cargo.lock': `version = 4\n\n[[package]]\nname = "${name}"\nversion = "0.1.0"\n`,
  'src/main.rs': '#![no_std]\n#![no_main]\n',
});

/** A repository that somebody has cloned into the workspace, and one that is its submodule. */
describe.each(AFFECTED_MODES)('repositories in the repository, when affected selects %s', (mode) => {
  let workspace: Workspace;
  let upstream: string;
  let env: Record<string, string | undefined>;
  const CASES = { nested: 'src/nested', module: 'src/module' };
  beforeAll(async () => {
    workspace = await createWorkspace();
    env = await selectBy(workspace, mode);
    upstream = await workspace.scratch('upstream');
    await git(upstream, ['init', '--quiet', '--initial-branch=main']);
    for (const [path, text] of Object.entries(crate('module'))) await put(join(upstream, path), text);
    await commitIn(upstream);
    for (const [path, text] of Object.entries(crate('nested'))) await workspace.write(`${CASES.nested}/${path}`, text);
    await git(at(CASES.nested), ['init', '--quiet', '--initial-branch=main']);
    await commitIn(at(CASES.nested));
    await git(workspace.root, [
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      upstream,
      CASES.module,
    ]);
    for (const [name, folder] of Object.entries(CASES))
      await workspace.write(`recipes/mini/${name}/recipe.toml`, recipe(folder));
    await commit();
  });
  afterAll(() => workspace?.remove());

  const at = (path: string) => join(workspace.root, path);
  const put = async (file: string, text: string) => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  const commitIn = async (root: string) => {
    await git(root, ['add', '--all']);
    await git(root, ['commit', '--quiet', '--message=change']);
  };
  /** Git tells of repositories that are added without being submodules. */
  const commit = () => commitIn(workspace.root);
  const edit = async (file: string) => writeFile(file, `${await readFile(file, 'utf8')}// ${Math.random()}\n`);
  const affected = async (...since: string[]) => {
    const { exitCode, stdout, output } = await workspace.nx(['show', 'projects', '--affected', ...since, '--json'], {
      env,
    });
    expect(exitCode, output).toBe(0);
    return JSON.parse(stdout) as string[];
  };

  it.each(Object.entries(CASES))('show an edit and a commit in them: %s', async (name, folder) => {
    expect(await affected('--uncommitted')).not.toContain(name);
    await edit(at(`${folder}/src/main.rs`));
    expect(await affected('--uncommitted')).toContain(name);
    await commitIn(at(folder));
    // A commit in there is a change out here.
    expect(await affected('--uncommitted')).toContain(name);
    await commit();
    expect(await affected('--uncommitted')).not.toContain(name);
    expect(await affected('--base=HEAD~1', '--head=HEAD')).toContain(name);
  });

  it('show a pointer that was moved', async () => {
    await edit(join(upstream, 'src/main.rs'));
    await commitIn(upstream);
    await git(at(CASES.module), ['fetch', '--quiet', 'origin', 'main']);
    await git(at(CASES.module), ['checkout', '--quiet', 'FETCH_HEAD']);
    expect(await affected('--base=HEAD')).toContain('module');
    await commit();
    const since = await affected('--base=HEAD~1', '--head=HEAD');
    expect(since).toContain('module');
    expect(since).not.toContain('nested');
  });
});
