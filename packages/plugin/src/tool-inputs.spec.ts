import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestWorkspace } from './testing/workspace';
import { TOOL_PACKAGES, toolInputs } from './tool-inputs';

describe('toolInputs', () => {
  let workspace: TestWorkspace;
  beforeEach(() => {
    workspace = new TestWorkspace({
      'packages/kit/package.json': '{}',
      'node_modules/@nx-redox/binary/package.json': '{}',
    });
    symlinkSync('../../packages/kit', join(workspace.root, 'node_modules/@nx-redox/kit'));
  });
  afterEach(() => workspace.dispose());

  it('knows what each package loads', () => {
    for (const [name, loads] of Object.entries(TOOL_PACKAGES)) {
      const file = join(__dirname, '../..', name, 'package.json');
      const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: object };
      const ours = Object.keys(dependencies).flatMap((other) => /^@nx-redox\/(.*)/.exec(other)?.[1] ?? []);
      expect([name, ours.sort()]).toEqual([name, [...loads]]);
    }
  });

  it('counts sources of packages that are in the workspace, and no installed package', () => {
    expect(toolInputs(workspace.root)('kit')).toEqual([
      '{workspaceRoot}/packages/kit/src/**/!(*.spec.ts)',
      { externalDependencies: [] },
    ]);
  });

  it('counts versions of packages that a lock file names', () => {
    workspace.write('package-lock.json', '{"packages":{"node_modules/@nx-redox/binary":{}}}');
    expect(toolInputs(workspace.root)('binary')).toEqual([
      '{workspaceRoot}/packages/kit/src/**/!(*.spec.ts)',
      { externalDependencies: ['@nx-redox/binary'] },
    ]);
  });

  it('leaves it to Nx, which counts everything, if no lock file names them', () => {
    expect(toolInputs(workspace.root)('binary')).toEqual(['{workspaceRoot}/packages/kit/src/**/!(*.spec.ts)']);
  });

  it('takes what a package manager links inside node_modules for installed', () => {
    mkdirSync(join(workspace.root, 'node_modules/.pnpm/binary'), { recursive: true });
    rmSync(join(workspace.root, 'node_modules/@nx-redox/binary'), { recursive: true });
    symlinkSync('../.pnpm/binary', join(workspace.root, 'node_modules/@nx-redox/binary'));
    workspace.write('pnpm-lock.yaml', "'@nx-redox/binary@1.0.0'");
    expect(toolInputs(workspace.root)('binary')).toContainEqual({ externalDependencies: ['@nx-redox/binary'] });
  });
});
