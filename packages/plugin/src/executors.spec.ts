import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const PACKAGES = join(__dirname, '../..');
const withExecutors = readdirSync(PACKAGES).filter((name) => existsSync(join(PACKAGES, name, 'executors.json')));

describe('executors.json', () => {
  it.each(withExecutors)('of %s lists every executor that is there', (name) => {
    const folder = join(PACKAGES, name, 'src/executors');
    const found = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const { executors } = JSON.parse(readFileSync(join(PACKAGES, name, 'executors.json'), 'utf8'));
    expect(Object.keys(executors).sort()).toEqual(found.map((entry) => entry.name).sort());
    const require = createRequire(join(PACKAGES, name, 'executors.json'));
    for (const [executor, { implementation, batchImplementation, schema }] of Object.entries<Record<string, string>>(
      executors,
    )) {
      expect(implementation).toBe(`./bin/executors.js#${executor}`);
      for (const named of [implementation, batchImplementation].filter((it) => it !== undefined)) {
        const [module, exported] = named.split('#');
        expect(typeof require(module!)[exported!], named).toBe('function');
      }
      expect(existsSync(join(PACKAGES, name, schema!.replace('./dist/', './src/'))), schema).toBe(true);
    }
  });
});

describe('migrations', () => {
  const read = (path: string) => JSON.parse(readFileSync(join(PACKAGES, path), 'utf8'));
  const { name, 'nx-migrations': settings } = read('plugin/package.json');

  it('are in a file of the form that nx migrate reads, and each has its code', () => {
    const { generators, packageJsonUpdates, ...others } = read(join('plugin', settings.migrations));
    expect(Object.keys(others)).toEqual(['$schema']);
    expect(packageJsonUpdates).toBeTypeOf('object');
    const require = createRequire(join(PACKAGES, 'plugin/package.json'));
    for (const [title, { version, description, implementation, factory }] of Object.entries<Record<string, string>>(
      generators,
    )) {
      expect(version, title).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(description, title).toMatch(/./);
      const [module] = (implementation ?? factory)!.split('#');
      expect(() => require.resolve(module!.replace('./dist/', './src/')), title).not.toThrow();
    }
  });

  it('move all packages that are published to one version', () => {
    const published = readdirSync(PACKAGES)
      .filter((folder) => existsSync(join(PACKAGES, folder, 'package.json')))
      .map((folder) => read(`${folder}/package.json`))
      .filter((manifest) => manifest.private !== true && manifest.name !== name)
      .map((manifest) => manifest.name);
    const group = settings.packageGroup.map((entry: string | { package: string }) =>
      typeof entry === 'string' ? entry : entry.package,
    );
    expect(group.toSorted()).toEqual(published.toSorted());
  });
});
