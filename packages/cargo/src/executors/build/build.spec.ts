import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  hasToolchain,
  makeTinyWorkspace,
  testToolchain,
  tinyOptions,
  type TinyWorkspace,
} from '../../testing/tiny-workspace';
import buildBatchExecutor from './build-batch.impl';
import buildExecutor from './build.impl';

describe.skipIf(!hasToolchain())('@nx-redox/cargo:build', () => {
  let workspace: TinyWorkspace;
  let shown = '';
  beforeAll(async () => {
    workspace = await makeTinyWorkspace(await testToolchain());
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((shown += String(text)), true));
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await workspace?.remove();
  });
  const context = (projectName?: string) => ({ root: workspace.root, projectName }) as ExecutorContext;

  it('builds one task and says what it made', async () => {
    expect(await buildExecutor(tinyOptions('logd', 'cranelift'), context('logd'))).toEqual({ success: true });
    expect(shown).toMatch(/Compiling.* logd v0\.1\.0/);
    expect(shown).toMatch(/logd: usr\/bin\/logd, \d+ KiB, entry 0x401000, 2 crates by Cranelift\n/);
    expect(existsSync(join(workspace.root, 'dist/aarch64/cranelift/logd/artifact.json'))).toBe(true);
  });

  it('prints advice and fails for bad options', async () => {
    shown = '';
    expect(await buildExecutor(tinyOptions('logd', 'cranelift', { bin: 'x' }), context('logd'))).toEqual({
      success: false,
    });
    expect(shown).toContain('package "logd" has no bin "x"\n  → its bins: logd');
  });

  it('builds a batch and reports each task as Nx wants it', async () => {
    const ids = ['logd:build-llvm', 'timed:build-llvm', 'none:build-llvm'];
    const graph = {
      roots: ids,
      tasks: Object.fromEntries(
        ids.map((id) => [id, { id, target: { project: id.split(':')[0], target: 'build-llvm' } }]),
      ),
      dependencies: Object.fromEntries(ids.map((id) => [id, ['toolchain:sysroot-tiny-llvm']])),
    } as unknown as TaskGraph;
    const options = Object.fromEntries(ids.map((id) => [id, tinyOptions(id.split(':')[0]!, 'llvm')]));
    const results = [];
    for await (const result of buildBatchExecutor(graph, options, options[ids[0]!]!, context())) results.push(result);
    expect(results.map(({ task, result }) => [task, result.success, result.status])).toEqual([
      ['logd:build-llvm', true, 'success'],
      ['timed:build-llvm', true, 'success'],
      ['none:build-llvm', false, 'failure'],
    ]);
    expect(results[0]!.result.terminalOutput).toContain('logd: usr/bin/logd');
    expect(results[2]!.result.terminalOutput).toContain('recipes/tiny/none/Cargo.toml: there is no such Cargo.toml');
    expect(results.every(({ result }) => result.endTime >= result.startTime)).toBe(true);
  });
});
