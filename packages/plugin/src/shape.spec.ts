import { chmodSync, mkdirSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { nodesOf } from './nodes';
import type { InputDefinition } from './nx';
import { TestWorkspace } from './testing/workspace';

const LOGD = 'recipes/mini/logd';
const INITFS = 'recipes/mini/initfs';
const SCRIPT = 'recipes/mini/files';

/** What Nx does not hash of a file or folder has to be among the inputs all the same. */
describe('links, modes and empty folders', () => {
  let workspace: TestWorkspace;
  beforeEach(() => {
    workspace = new TestWorkspace();
    for (const name of ['a.rs', 'b.rs']) workspace.write(`${LOGD}/src/${name}`, `// ${name}\n`);
    workspace.write(
      `${SCRIPT}/recipe.toml`,
      '[source]\npath = "tree"\n[build]\ntemplate = "custom"\nscript = "true"\n',
    );
    workspace.write(`${SCRIPT}/tree/run`, '#!/bin/sh\n');
    workspace.write('shared/note', 'one\n');
    workspace.write('shared/etc/motd.md', 'hello\n');
  });

  const at = (path: string) => join(workspace.root, path);
  const link = (path: string, target: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    rmSync(at(path), { force: true });
    symlinkSync(target, at(path));
  };
  const inputs = (dir: string, target = 'build-cranelift'): InputDefinition[] => {
    const nodes = nodesOf(workspace.model(), () => []);
    const projects = nodes.flatMap(([, { projects }]) => Object.values(projects ?? {}));
    return projects.find(({ root }) => root === dir)!.targets![target]!.inputs!;
  };
  const shape = (...args: Parameters<typeof inputs>) =>
    inputs(...args).flatMap((input) => (typeof input === 'object' && 'runtime' in input ? input.runtime : []));

  it('say nothing where there are none', () => {
    for (const dir of [LOGD, SCRIPT]) expect(shape(dir)).toEqual([]);
    expect(shape(INITFS, 'bundle-cranelift')).toEqual([]);
  });

  it.each<[string, string, () => void]>([
    ['a link in a crate', LOGD, () => link(`${LOGD}/src/imp.rs`, 'a.rs')],
    ['a link to somewhere else in the crate', LOGD, () => link(`${LOGD}/src/imp.rs`, 'b.rs')],
    ['a link to nothing', SCRIPT, () => link(`${SCRIPT}/tree/dangling`, 'nowhere')],
    ['a link to a folder', SCRIPT, () => link(`${SCRIPT}/tree/folder`, '../../logd')],
    ['a link in a hidden folder', SCRIPT, () => link(`${SCRIPT}/tree/.hidden/x`, 'y')],
    ['a program', SCRIPT, () => chmodSync(at(`${SCRIPT}/tree/run`), 0o755)],
    ['an empty folder', SCRIPT, () => mkdirSync(at(`${SCRIPT}/tree/empty`))],
  ])('are in the hash of what is built: %s', (_, dir, change) => {
    const before = shape(dir);
    change();
    const after = shape(dir);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    // It follows from the files alone.
    expect(shape(dir)).toEqual(after);
  });

  it('are another hash each time, and the old one when all is as before', () => {
    link(`${LOGD}/src/imp.rs`, 'a.rs');
    const first = shape(LOGD);
    link(`${LOGD}/src/imp.rs`, 'b.rs');
    expect(shape(LOGD)).not.toEqual(first);
    link(`${LOGD}/src/imp.rs`, 'a.rs');
    expect(shape(LOGD)).toEqual(first);
    chmodSync(at(`${SCRIPT}/tree/run`), 0o755);
    mkdirSync(at(`${SCRIPT}/tree/empty`));
    chmodSync(at(`${SCRIPT}/tree/run`), 0o644);
    rmdirSync(at(`${SCRIPT}/tree/empty`));
    expect(shape(SCRIPT)).toEqual([]);
  });

  it('bring what they lead to, by way of other links too', () => {
    link('shared/middle', 'note');
    link(`${SCRIPT}/note`, '../../../shared/middle');
    expect(inputs(SCRIPT)).toContain('{workspaceRoot}/shared/note');
    const before = shape(SCRIPT);
    workspace.write('shared/other', 'two\n');
    link('shared/middle', 'other');
    expect(inputs(SCRIPT)).toContain('{workspaceRoot}/shared/other');
    expect(shape(SCRIPT)).not.toEqual(before);
    link(`${INITFS}/etc/extra`, '../../../../shared/etc');
    expect(inputs(INITFS, 'bundle-cranelift')).toContain('{workspaceRoot}/shared/etc/**/*');
    chmodSync(at(`${INITFS}/etc/init.rc`), 0o755);
    expect(shape(INITFS, 'bundle-cranelift')).toHaveLength(1);
  });

  it('do not count in what a recipe has fetched', () => {
    workspace.write(
      `${SCRIPT}/recipe.toml`,
      '[source]\ngit = "https://example.invalid/x"\n[build]\ntemplate = "custom"\nscript = "true"\n',
    );
    rmSync(at(`${SCRIPT}/tree`), { recursive: true });
    link(`${SCRIPT}/source/x`, 'y');
    link(`${SCRIPT}/.source-state`, 'y');
    expect(shape(SCRIPT)).toEqual([]);
  });
});

describe('files of the initfs', () => {
  it('count as documents, too, where they may be in the image', () => {
    const workspace = new TestWorkspace();
    const hidden = () => {
      const nodes = nodesOf(workspace.model(), () => []);
      const projects = nodes.flatMap(([, { projects }]) => Object.values(projects ?? {}));
      const target = projects.find(({ root }) => root === INITFS)!.targets!['bundle-cranelift']!;
      return target.inputs!.filter((input) => typeof input === 'string' && input.startsWith('!'));
    };
    const text = workspace.read(`${INITFS}/recipe.toml`);
    expect(hidden()).toHaveLength(1);
    workspace.write(`${INITFS}/etc/motd.md`, 'hello\n');
    for (const from of ['etc/motd.md', 'etc/*']) {
      const to = from.endsWith('*') ? 'etc/' : 'etc/motd';
      workspace.write(`${INITFS}/recipe.toml`, `${text}[[nx.initfs.files]]\nfrom = "${from}"\nto = "${to}"\n`);
      expect(hidden()).toEqual([]);
    }
  });
});
