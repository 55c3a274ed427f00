import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { TargetConfiguration } from '@nx/devkit';
import { validateOptsAgainstSchema } from 'nx/src/utils/params';
import { describe, expect, it } from 'vitest';
import { inferProjects } from './create-nodes';

const REPOSITORY = join(__dirname, '../../..');

function filesBelow(folder: string, root: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/(^|\/)(target|node_modules)\//.test(file));
}

/** All targets that the plugin infers, by project and name. */
async function targetsOf(
  root: string,
  folders: readonly string[],
  options: object,
): Promise<[string, TargetConfiguration][]> {
  const files = folders.flatMap((folder) => filesBelow(join(root, folder), root));
  const nodes = await inferProjects(files, options, root);
  const projects = nodes.flatMap(([, each]) => Object.values(each.projects ?? {}));
  return projects.flatMap(({ name, targets = {} }) =>
    Object.entries(targets).map(([target, it]): [string, TargetConfiguration] => [`${name}:${target}`, it]),
  );
}

/** What is wrong with a target's options, by the schema of its executor, as Nx says it. */
async function faultOf({ executor = '', options = {}, configurations = {} }: TargetConfiguration) {
  const [, packageName, name] = /^@nx-redox\/([\w-]+):([\w-]+)$/.exec(executor) ?? [];
  if (packageName === undefined) return executor === 'nx:noop' ? [] : [`foreign executor ${executor}`];
  const { default: schema } = await import(`../../${packageName}/src/executors/${name}/schema.json`);
  // What exec runs is said on the command line.
  const given = name === 'exec' ? { command: 'true' } : {};
  return [{}, ...Object.values(configurations)].flatMap((configuration) => {
    try {
      validateOptsAgainstSchema({ ...options, ...(configuration as object), ...given }, schema);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

describe('targets have the options that their executors take', () => {
  it.each([
    ['mini', REPOSITORY, ['recipes/mini', 'recipes/toolchain'], { systems: ['mini'] }, '@nx-redox/qemu:run'],
    ['a checkout', join(REPOSITORY, 'recipes/cookbook'), ['.'], { configs: ['minimal'] }, '@nx-redox/installer:image'],
  ])('in %s', async (_, root, folders, options, executor) => {
    const targets = await targetsOf(root, folders, options);
    expect(targets.map(([, target]) => target.executor)).toContain(executor);
    for (const [name, target] of targets) expect(await faultOf(target), name).toEqual([]);
    // One other character, and Nx takes a third more time to write the graph of a cookbook.
    expect(JSON.stringify(targets)).not.toMatch(/[^\0-\xff]/);
  });

  it('and an option that nobody knows is found', async () => {
    const targets = await targetsOf(REPOSITORY, ['recipes/mini', 'recipes/toolchain'], { systems: ['mini'] });
    const target = targets.find(([, { executor }]) => executor === '@nx-redox/qemu:boot')![1];
    const { options, ...rest } = target;
    expect(await faultOf({ ...rest, options: { ...options, qemu: { ...options.qemu, cores: 2 } } })).toContain(
      "'cores' is not found in schema",
    );
  });
});
