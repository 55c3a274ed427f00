import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestWorkspace } from './testing/workspace';
import { TOOL_PACKAGES, toolCode } from './tool-inputs';

describe('toolCode', () => {
  let workspace: TestWorkspace;
  beforeEach(() => {
    workspace = new TestWorkspace({
      'packages/kit/package.json': '{}',
      'node_modules/@nx-redox/binary/package.json': '{}',
    });
    symlinkSync('../../packages/kit', join(workspace.root, 'node_modules/@nx-redox/kit'));
  });

  it('knows what each package loads', () => {
    for (const [name, loads] of Object.entries(TOOL_PACKAGES)) {
      const file = join(__dirname, '../..', name, 'package.json');
      const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: object };
      const ours = Object.keys(dependencies).flatMap((other) => /^@nx-redox\/(.*)/.exec(other)?.[1] ?? []);
      expect([name, ours.sort()]).toEqual([name, [...loads]]);
    }
  });

  it('counts sources of packages that are in the workspace, and no installed package', () => {
    expect(toolCode(workspace.root).inputs('kit')).toEqual([
      '{workspaceRoot}/packages/kit/{bin,src}/**/!(*.spec.ts)',
      { externalDependencies: [] },
    ]);
  });

  it('counts versions of packages that a lock file names', () => {
    workspace.write('package-lock.json', '{"packages":{"node_modules/@nx-redox/binary":{}}}');
    expect(toolCode(workspace.root).inputs('binary')).toEqual([
      '{workspaceRoot}/packages/kit/{bin,src}/**/!(*.spec.ts)',
      { externalDependencies: ['@nx-redox/binary'] },
    ]);
  });

  describe('in a workspace whose lock file Nx does not read', () => {
    /** The node that a target names, and its hash. */
    const named = () => {
      const code = toolCode(workspace.root);
      const [folder, last] = code.inputs('binary') as [string, { externalDependencies: string[] }];
      expect(folder).toBe('{workspaceRoot}/packages/kit/{bin,src}/**/!(*.spec.ts)');
      const [name] = last.externalDependencies;
      const nodes = code.nodes();
      expect(Object.keys(nodes)).toEqual([name]);
      return { name, hash: nodes[name!]!.data.hash };
    };

    it('a node of ours stands for installed packages: another version or lock file is another one', () => {
      const none = named();
      expect(named()).toEqual(none);
      workspace.write('node_modules/@nx-redox/binary/package.json', '{"version":"1.0.0"}');
      const version = named();
      expect(version).not.toEqual(none);
      spawnSync('git', ['init', '--quiet'], { cwd: workspace.root });
      workspace.write('.git/info/exclude', '/package-lock.json\n');
      workspace.write('package-lock.json', '{"packages":{"node_modules/@nx-redox/binary":{}}}');
      expect(named()).not.toEqual(version);
    });

    it('does so for those that the lock file does not name', () => {
      workspace.write('package-lock.json', '{"packages":{}}');
      expect(named().name).toMatch(/^nx-redox:installed@[0-9a-f]{16}$/);
    });
  });

  it('makes no node where Nx has its own', () => {
    const all = Object.keys(TOOL_PACKAGES).map((name) => [`node_modules/@nx-redox/${name}`, {}]);
    workspace.write('package-lock.json', JSON.stringify({ packages: Object.fromEntries(all) }));
    expect(toolCode(workspace.root).nodes()).toEqual({});
  });

  it('takes what a package manager links inside node_modules for installed', () => {
    mkdirSync(join(workspace.root, 'node_modules/.pnpm/binary'), { recursive: true });
    rmSync(join(workspace.root, 'node_modules/@nx-redox/binary'), { recursive: true });
    symlinkSync('../.pnpm/binary', join(workspace.root, 'node_modules/@nx-redox/binary'));
    workspace.write('pnpm-lock.yaml', "'@nx-redox/binary@1.0.0'");
    expect(toolCode(workspace.root).inputs('binary')).toContainEqual({ externalDependencies: ['@nx-redox/binary'] });
  });
});
