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
