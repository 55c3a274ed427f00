import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from './workspace';

interface Report {
  verdict: string;
  stages: { name: string; reached: boolean; line?: string }[];
}

describe('generators', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await createWorkspace();
  });
  afterEach(() => workspace.reset());
  afterAll(() => workspace?.remove());

  const changed = async () => {
    const { stdout } = await run('git', ['-C', workspace.root, 'status', '--porcelain', '--untracked-files=all']);
    return stdout.split('\n').filter(Boolean);
  };
  const generate = async (...args: string[]) => {
    const { output, exitCode } = await workspace.nx(['generate', ...args]);
    expect(exitCode, output).toBe(0);
    return output;
  };

  it('a service, a driver and a program build, boot and are stages of the report', async () => {
    await generate('@nx-redox/plugin:recipe', 'hello', '--kind=service');
    await generate('@nx-redox/plugin:recipe', 'gpio-d', '--kind=driver');
    await generate('@nx-redox/plugin:recipe', 'up_time', '--kind=program');
    // What else a service is for: somebody reads what it serves.
    await workspace.edit(
      'recipes/mini/up_time/src/main.rs',
      /Ok\(\(\)\)/,
      'let text = rt::fd::Fd::read_only("/scheme/hello")?.read_to_end()?;\n    assert_eq!(text, b"Hello from hello\\n");\n    Ok(())',
    );
    const { output, exitCode } = await workspace.nx(['run', 'mini:boot']);
    expect(exitCode, output).toBe(0);
    const { verdict, stages } = await workspace.readJson<Report>('dist/aarch64/cranelift/mini/boot/report.json');
    expect(verdict).toBe('passed');
    expect(stages.every(({ reached }) => reached)).toBe(true);
    const order = stages.map(({ name }) => name);
    expect(order.slice(order.indexOf('rtcd')).filter((name) => !['zerod', 'nulld', 'logd'].includes(name))).toEqual([
      'rtcd',
      'gpio-d',
      'ramfs',
      'hello',
      'up_time',
      'check',
      'done',
    ]);
    expect(stages.find(({ name }) => name === 'hello')?.line).toMatch(/\] hello: ready/);
    const llvm = await workspace.nx(['run', 'hello:build-llvm']);
    expect(llvm.exitCode, llvm.output).toBe(0);
  });

  it('a component whose marker does not come fails the boot at its stage', async () => {
    await generate('@nx-redox/plugin:recipe', 'hello');
    await workspace.edit('recipes/mini/hello/src/main.rs', 'hello: ready', 'hello: almost');
    const { exitCode } = await workspace.nx(['run', 'mini:boot']);
    expect(exitCode).not.toBe(0);
    const { verdict, stages } = await workspace.readJson<Report>('dist/aarch64/cranelift/mini/boot/report.json');
    expect(verdict).not.toBe('passed');
    expect(stages.find(({ reached }) => !reached)?.name).toBe('hello');
  });

  it('--dry-run changes nothing and says what would change', async () => {
    const output = await generate('@nx-redox/plugin:recipe', 'hello', '--dry-run');
    expect(output).toMatch(/CREATE .*recipes\/mini\/hello\/src\/main\.rs/);
    expect(output).toMatch(/UPDATE .*recipes\/mini\/system\.toml/);
    await generate('@nx-redox/plugin:init', '--dry-run');
    await generate('@nx-redox/plugin:import', 'recipes/mini', '--directory=recipes/copy', '--dry-run');
    expect(await changed()).toEqual([]);
  });

  it('a name that is taken: where, without a stack, and nothing is written', async () => {
    const { output, exitCode } = await workspace.nx(['generate', '@nx-redox/plugin:recipe', 'logd']);
    expect(exitCode).not.toBe(0);
    expect(output).toContain('recipes/mini/logd/recipe.toml');
    expect(output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    expect(await changed()).toEqual([]);
  });

  it('the recipes of a git repository are copied as they are, with a report', async () => {
    const cookbook = await mkdtemp(join(tmpdir(), 'nx-redox-cookbook-'));
    try {
      const git = async (...args: string[]) => {
        const identity = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@example.invalid'];
        const result = await run('git', ['-C', cookbook, ...identity, ...args]);
        expect(result.exitCode, result.stderr).toBe(0);
      };
      await run('cp', ['-a', join(workspace.root, 'recipes'), cookbook]);
      await git('init', '--quiet');
      await git('add', '--all');
      await git('commit', '--quiet', '--message=recipes');
      const output = await generate('@nx-redox/plugin:import', `file://${cookbook}`, '--directory=recipes/other');
      const report = await workspace.readJson<{ recipes: number; unreadable: unknown[] }>(
        'recipes/other/import-report.json',
      );
      expect(output).toContain(`${report.recipes} recipes`);
      expect(report.unreadable).toEqual([]);
      expect(await workspace.read('recipes/other/mini/logd/src/main.rs')).toBe(
        await workspace.read('recipes/mini/logd/src/main.rs'),
      );
    } finally {
      await rm(cookbook, { recursive: true, force: true });
    }
  });

  it('use makes another system the active one', async () => {
    await run('cp', ['-a', join(workspace.root, 'recipes/mini'), join(workspace.root, 'recipes/second')]);
    await workspace.edit('recipes/second/system.toml', 'name = "mini"', 'name = "second"');
    await generate('@nx-redox/plugin:use', 'second');
    const { stdout } = await workspace.nx(['show', 'projects']);
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['second', 'logd', 'mini', 'mini-logd']));
    const unknown = await workspace.nx(['generate', '@nx-redox/plugin:use', 'secnd']);
    expect(unknown.exitCode).not.toBe(0);
    expect(unknown.output).toContain('did you mean "second"');
  });
});
