import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestWorkspace } from './testing/workspace';
import { toolInputs } from './tool-inputs';

describe('toolInputs', () => {
  let workspace: TestWorkspace;
  beforeEach(() => {
    workspace = new TestWorkspace({
      'packages/cargo/package.json': '{}',
      'node_modules/@nx-redox/elf/package.json': '{}',
    });
    symlinkSync('../../packages/cargo', join(workspace.root, 'node_modules/@nx-redox/cargo'));
  });
  afterEach(() => workspace.dispose());

  it('counts sources of packages that are in the workspace, and no installed package', () => {
    expect(toolInputs(workspace.root)(['cargo'])).toEqual([
      '{workspaceRoot}/packages/cargo/src/**/!(*.spec.ts)',
      { externalDependencies: [] },
    ]);
  });

  it('counts versions of packages that a lock file names', () => {
    workspace.write('package-lock.json', '{"packages":{"node_modules/@nx-redox/elf":{}}}');
    expect(toolInputs(workspace.root)(['cargo', 'elf'])).toEqual([
      '{workspaceRoot}/packages/cargo/src/**/!(*.spec.ts)',
      { externalDependencies: ['@nx-redox/elf'] },
    ]);
  });

  it('leaves it to Nx, which counts everything, if no lock file names them', () => {
    expect(toolInputs(workspace.root)(['elf'])).toEqual([]);
  });

  it('takes what a package manager links inside node_modules for installed', () => {
    mkdirSync(join(workspace.root, 'node_modules/.pnpm/qemu'), { recursive: true });
    symlinkSync('../.pnpm/qemu', join(workspace.root, 'node_modules/@nx-redox/qemu'));
    workspace.write('pnpm-lock.yaml', "'@nx-redox/qemu@1.0.0'");
    expect(toolInputs(workspace.root)(['qemu'])).toEqual([{ externalDependencies: ['@nx-redox/qemu'] }]);
  });
});
