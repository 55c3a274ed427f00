import { beforeEach, describe, expect, it } from 'vitest';
import { edgesBetween, edgesOf } from './edges';
import { SMALL_SYSTEM, TestWorkspace } from './testing/workspace';

const REGISTRY = 'registry+https://github.com/rust-lang/crates.io-index';

function entry(name: string, dependencies: string[], source = '', checksum = ''): string {
  return [
    '[[package]]',
    `name = "${name}"`,
    'version = "1.0.0"',
    ...(source ? [`source = "${source}"`] : []),
    ...(checksum ? [`checksum = "${checksum}"`] : []),
    `dependencies = ${JSON.stringify(dependencies)}\n`,
  ].join('\n');
}

const LOCK = [
  'version = 4\n',
  entry('kernel', ['abi', 'fdt']),
  entry('bootstrap', ['rt']),
  entry('logd', ['rt', 'event']),
  entry('rt', ['abi', 'syscall']),
  entry('abi', []),
  entry('fdt', [], REGISTRY, 'f0'),
  entry('event', ['syscall'], 'git+https://example.org/event#c0ffee'),
  entry('syscall', ['bitflags'], REGISTRY, '50'),
  entry('bitflags', [], REGISTRY, 'b0'),
  entry('unused', [], REGISTRY, '00'),
].join('\n');

describe('crates', () => {
  let workspace: TestWorkspace;
  beforeEach(() => {
    workspace = new TestWorkspace({ ...SMALL_SYSTEM, 'recipes/mini/Cargo.lock': LOCK });
  });

  const edges = () => {
    const model = workspace.model();
    const projects = Object.fromEntries(model.systems[0]!.recipes.map(({ project }) => [project, {}]));
    const externals = Object.fromEntries(model.crates.crates.map(({ node }) => [node, {}]));
    return edgesBetween(edgesOf(model), projects, externals)
      .filter(({ target }) => target.startsWith('cargo:'))
      .map(({ source, target, type }) => `${source} → ${target} ${type}`);
  };

  it('are nodes with the hash of their content, as far as a component uses them', () => {
    expect(workspace.model().crates.crates).toEqual([
      { node: 'cargo:bitflags@1.0.0', name: 'bitflags', version: '1.0.0', hash: 'b0' },
      { node: 'cargo:event@1.0.0', name: 'event', version: '1.0.0', hash: 'c0ffee' },
      { node: 'cargo:fdt@1.0.0', name: 'fdt', version: '1.0.0', hash: 'f0' },
      { node: 'cargo:syscall@1.0.0', name: 'syscall', version: '1.0.0', hash: '50' },
    ]);
  });

  it('belong to the components that name them, and crates to crates', () => {
    expect(edges()).toEqual([
      'bootstrap → cargo:syscall@1.0.0 implicit',
      'kernel → cargo:fdt@1.0.0 implicit',
      'logd → cargo:event@1.0.0 implicit',
      'logd → cargo:syscall@1.0.0 implicit',
      'rt → cargo:syscall@1.0.0 implicit',
      'cargo:event@1.0.0 → cargo:syscall@1.0.0 static',
      'cargo:syscall@1.0.0 → cargo:bitflags@1.0.0 static',
    ]);
  });

  it('of one name and version from two places are two', () => {
    workspace.write(
      'recipes/mini/fork/recipe.toml',
      '[source]\npath = "."\n[build]\ntemplate = "cargo"\n[nx]\nkind = "program"\n',
    );
    workspace.write('recipes/mini/fork/Cargo.toml', '[package]\nname = "fork"\n[workspace]\n');
    workspace.write(
      'recipes/mini/fork/Cargo.lock',
      `version = 4\n${entry('fork', ['fdt'])}${entry('fdt', [], 'git+https://example.org/fdt#0123456789abcdef')}`,
    );
    expect(workspace.model().crates.crates.map(({ node }) => node)).toEqual(
      expect.arrayContaining(['cargo:fdt@1.0.0#01234567', 'cargo:fdt@1.0.0#f0', 'cargo:event@1.0.0']),
    );
    expect(edges()).toContain('fork → cargo:fdt@1.0.0#01234567 implicit');
  });

  it('of a component that the lock file does not know are unknown', () => {
    workspace.write('recipes/mini/Cargo.lock', LOCK.replace('name = "logd"', 'name = "log"'));
    const cargo = (name: string) => workspace.model().systems[0]!.byName.get(name)!.component!;
    expect(cargo('logd').crates).toBeUndefined();
    expect(cargo('kernel').crates).toEqual(['cargo:fdt@1.0.0']);
    workspace.write('recipes/mini/Cargo.lock', '[[');
    expect(cargo('kernel').crates).toBeUndefined();
    workspace.remove('recipes/mini/Cargo.lock');
    expect(cargo('kernel').crates).toBeUndefined();
    expect(edges()).toEqual([]);
  });
});
