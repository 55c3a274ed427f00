import { describe, expect, it } from 'vitest';
import { parseCargoManifest, readCargoFacts, type ReadCargoManifest } from './cargo-manifest';

function reader(files: Record<string, string>): ReadCargoManifest {
  return (file) => (files[file] === undefined ? undefined : parseCargoManifest(files[file], file));
}

const WORKSPACE = `[workspace]
members = ["*"]
[workspace.dependencies]
rt = { path = "rt" }
serde = "1"
`;

function dependencies(files: Record<string, string>, dir: string): string[] {
  const { facts } = readCargoFacts(dir, reader(files));
  return facts!.dependencies.map((dependency) => `${dependency.dir}${dependency.direct ? ' direct' : ''}`);
}

describe('readCargoFacts', () => {
  it('finds package, workspace and path dependencies, own and inherited', () => {
    const { facts, diagnostics } = readCargoFacts(
      'recipes/mini/logd',
      reader({
        'recipes/mini/Cargo.toml': WORKSPACE,
        'recipes/mini/logd/Cargo.toml':
          '[package]\nname = "logd"\ndescription = "Log daemon"\n[dependencies]\nrt.workspace = true\nserde.workspace = true\nlog = { path = "../log/" }\n',
        'recipes/mini/rt/Cargo.toml': '[package]\nname = "rt"\n[dependencies]\nabi = { path = "../abi" }\n',
        'recipes/mini/abi/Cargo.toml': '[package]\nname = "abi"\n[dependencies]\nrt = { path = "../rt" }\n',
      }),
    );
    expect(diagnostics).toEqual([]);
    expect(facts).toEqual({
      manifest: 'recipes/mini/logd/Cargo.toml',
      package: 'logd',
      description: 'Log daemon',
      workspaceDir: 'recipes/mini',
      dependencies: [
        { dir: 'recipes/mini/abi', direct: false, dependents: ['recipes/mini/rt'] },
        { dir: 'recipes/mini/log', direct: true, dependents: ['recipes/mini/logd'] },
        { dir: 'recipes/mini/rt', direct: false, dependents: ['recipes/mini/abi', 'recipes/mini/logd'] },
      ],
    });
  });

  it('reads target tables and build-dependencies, but not dev-dependencies', () => {
    const own = `[package]
name = "x"
[target.'cfg(target_os = "redox")'.dependencies]
a = { path = "../a" }
[build-dependencies]
b = { path = "../b" }
[dev-dependencies]
c = { path = "../c" }
`;
    expect(dependencies({ 'x/Cargo.toml': own }, 'x')).toEqual(['a direct', 'b direct']);
  });

  it('counts patches of the workspace, which may take the place of any crate', () => {
    expect(
      dependencies(
        {
          'r/Cargo.toml': '[workspace]\n[patch.crates-io]\nspin = { path = "vendor/spin" }\n',
          'r/x/Cargo.toml': '[package]\nname = "x"\n',
        },
        'r/x',
      ),
    ).toEqual(['r/vendor/spin']);
  });

  it('takes a package without a workspace for its own, and follows package.workspace', () => {
    const alone = readCargoFacts(
      'a/x',
      reader({ 'a/x/Cargo.toml': '[package]\nname = "x"\n', 'a/Cargo.toml': '[package]\nname = "a"\n' }),
    );
    expect(alone.facts?.workspaceDir).toBe('a/x');
    const elsewhere = readCargoFacts(
      'a/x',
      reader({ 'a/x/Cargo.toml': '[package]\nname = "x"\nworkspace = "../../w"\n', 'w/Cargo.toml': WORKSPACE }),
    );
    expect(elsewhere.facts?.workspaceDir).toBe('w');
  });

  it.each([
    ['exclude = ["boot"]', 'w/boot'],
    ['exclude = ["boo"]', 'w'],
    ['exclude = ["boot"]\nmembers = ["boot"]', 'w'],
  ])('follows a workspace with %s', (keys, expected) => {
    const files = { 'w/Cargo.toml': `[workspace]\n${keys}\n`, 'w/boot/Cargo.toml': '[package]\nname = "boot"\n' };
    expect(readCargoFacts('w/boot', reader(files)).facts?.workspaceDir).toBe(expected);
  });

  it('leaves out what is not in the workspace', () => {
    expect(
      dependencies(
        { 'x/Cargo.toml': '[package]\nname = "x"\n[dependencies]\na = { path = "../../a" }\nb = { path = "/b" }\n' },
        'x',
      ),
    ).toEqual([]);
  });

  it('says where a manifest is missing or wrong', () => {
    expect(readCargoFacts('x', reader({})).diagnostics).toEqual([
      {
        severity: 'error',
        message: 'there is no such file, although the recipe is built with cargo',
        file: 'x/Cargo.toml',
        advice: ['add a Cargo.toml, or choose another [build] template in recipe.toml'],
      },
    ]);
    const { facts, diagnostics } = readCargoFacts('x', reader({ 'x/Cargo.toml': '[package]\nname = \n' }));
    expect(facts).toBeUndefined();
    expect(diagnostics[0]).toMatchObject({ file: 'x/Cargo.toml', line: 2 });
  });

  it('survives a manifest that cargo would refuse', () => {
    expect(
      dependencies({ 'x/Cargo.toml': 'package = 3\ndependencies = ["a"]\ntarget = 1\npatch = { a = 1 }\n' }, 'x'),
    ).toEqual([]);
  });
});
