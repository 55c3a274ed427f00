import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const PACKAGES = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages');

/** Files of a package's source, and what each imports of the same package; types count. */
function importsIn(source) {
  const files = readdirSync(source, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(source, name));
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
      const paths = importedFiles
        .filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => join(dirname(file), fileName));
      return [
        file,
        paths.flatMap((path) => [`${path}.ts`, join(path, 'index.ts')].find((name) => known.has(name)) ?? []),
      ];
    }),
  );
}

/** The first circle that is found, as the files on it. */
function circleIn(imports) {
  const done = new Set();
  const way = [];
  const visit = (file) => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    way.push(file);
    for (const next of imports.get(file)) {
      const circle = visit(next);
      if (circle) return circle;
    }
    way.pop();
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return undefined;
}

describe('files', () => {
  it.each(readdirSync(PACKAGES))('of %s do not import each other in a circle', (name) => {
    let imports;
    try {
      imports = importsIn(join(PACKAGES, name, 'src'));
    } catch (error) {
      // A package without code.
      if (error.code !== 'ENOENT') throw error;
      return;
    }
    expect(circleIn(imports)?.map((file) => file.slice(PACKAGES.length + 1))).toBeUndefined();
  });

  it('in a circle are found', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', []],
      ['d', ['b']],
    ]);
    expect(circleIn(imports)).toEqual(['b', 'd', 'b']);
  });

  it('are found by their names: Node takes a .json for an import without extension before it looks for the .ts', () => {
    const names = readdirSync(PACKAGES, { recursive: true }).filter((name) => /^[^/]+\/src\/.*\.(ts|json)$/.test(name));
    const modules = new Set(names.filter((name) => name.endsWith('.ts')));
    expect(names.filter((name) => name.endsWith('.json') && modules.has(name.replace(/json$/, 'ts')))).toEqual([]);
  });
});
