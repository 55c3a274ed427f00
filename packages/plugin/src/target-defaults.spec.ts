import { execSync } from 'node:child_process';
import type { CreateNodesResultArray } from '@nx/devkit';
import { describe, expect, it } from 'vitest';
import type { Target } from './nx';
import { EACH_TIME, guardTargets } from './target-defaults';
import { aliasTarget } from './targets/alias';

const work: Target = {
  executor: '@nx-redox/cargo:build',
  cache: true,
  inputs: ['{projectRoot}/**/*'],
  outputs: ['{workspaceRoot}/dist/logd'],
  dependsOn: ['sysroot'],
};
const targets = {
  build: aliasTarget('build', 'cranelift', ['Cargo.lock'], {}),
  'build-cranelift': work,
  run: { executor: '@nx-redox/qemu:run', cache: false },
};

/** The targets of a project under some defaults; those that stay as they are left out. */
function changed(targetDefaults: Record<string, unknown>): Record<string, Target> {
  const nodes: CreateNodesResultArray = [
    [
      'recipes/logd/recipe.toml',
      { projects: { 'recipes/logd': { name: 'logd', root: 'recipes/logd', tags: ['kind:program'], targets } } },
    ],
  ];
  const [[, result]] = guardTargets(nodes, targetDefaults as never) as [
    [string, { projects: Record<string, { targets: Record<string, Target> }> }],
  ];
  const after = result.projects['recipes/logd']!.targets;
  return Object.fromEntries(
    Object.entries(after).filter(([name, target]) => target !== targets[name as keyof typeof targets]),
  );
}

const problemsOf = (target: Target | undefined): string => target?.options.problems?.join('\n') ?? '';

describe('targets under the defaults of nx.json', () => {
  it('stay as they are where a default adds, or is for others', () => {
    expect(changed({})).toEqual({});
    expect(changed({ test: { inputs: [] }, build: { cache: true, inputs: ['production'] } })).toEqual({});
    expect(
      changed({ 'build-cranelift': { inputs: ['...', '{workspaceRoot}/x'], dependsOn: ['...', 'lint'] } }),
    ).toEqual({});
    expect(changed({ 'build-*': { options: { verbose: true }, configurations: {} } })).toEqual({});
    expect(changed({ run: { cache: false }, '@nx-redox/cargo:build': {}, 'build-cranelift': { inputs: [] } })).toEqual(
      {},
    );
    for (const filter of [
      { projects: 'web' },
      { projects: ['tag:kind:driver'] },
      { plugin: '@nx/js' },
      { executor: '@nx/js:tsc' },
    ])
      expect(changed({ 'build-cranelift': [{ filter, inputs: [] }] })).toEqual({});
  });

  it.each([
    ['its name', { build: { dependsOn: ['^build'] } }],
    ['a pattern', { 'b*': { dependsOn: ['^build'], cache: false } }],
    ['the executor', { 'nx:noop': { dependsOn: [] } }],
  ])('an alias whose link a default for %s takes away is run by a task', (_, defaults) => {
    const { build } = changed({ ...defaults, '@nx-redox/cargo:build': {} });
    expect(build).toMatchObject({ executor: '@nx-redox/plugin:alias', options: { target: 'build-cranelift' } });
  });

  it('that task is never taken from the cache', () => {
    const { build } = changed({ build: { cache: true, dependsOn: ['^build'] } });
    expect(build!.inputs).toEqual([{ runtime: EACH_TIME }]);
    const said = [1, 2].map(() => execSync(EACH_TIME, { encoding: 'utf8' }));
    expect(said[0]).toMatch(/^\d+n?$/m);
    expect(said[1]).not.toBe(said[0]);
    const refused = changed({ build: { cache: true, dependsOn: ['^build'], inputs: ['production'] } });
    expect(problemsOf(refused['build'])).toMatch(
      /targetDefaults\["build"\] replaces inputs, dependsOn of logd:build.*\n.*"@nx-redox\/plugin:alias": \{\}/,
    );
  });

  it.each([
    ['inputs', { 'build-cranelift': { inputs: ['production'] } }],
    ['outputs', { '@nx-redox/cargo:build': { outputs: [] } }],
    ['dependsOn', { 'build-*': [{ filter: { projects: 'tag:kind:*' }, dependsOn: ['^build'] }] }],
  ])('a task that loses its %s fails and names the default', (field, defaults) => {
    const target = changed({ ...defaults, 'nx:noop': {} })['build-cranelift'];
    expect(target).toMatchObject({ executor: '@nx-redox/recipe:report', cache: false });
    expect(problemsOf(target)).toContain(
      `targetDefaults["${Object.keys(defaults)[0]}"] replaces ${field} of logd:build-cranelift`,
    );
    expect(problemsOf(target)).toContain('"@nx-redox/cargo:build": {}');
    expect(problemsOf(target)).toContain(`"${field}": ["...", …]`);
  });

  it('a task that must run each time is not cached', () => {
    expect(problemsOf(changed({ run: { cache: true } })['run'])).toContain('targetDefaults["run"] caches logd:run');
  });
});
