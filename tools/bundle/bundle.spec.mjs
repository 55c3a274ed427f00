import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundle, removeBundles } from './bundle.mjs';

let root;
const write = (path, text) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof text === 'string' ? text : JSON.stringify(text));
};

/** A package of ours in `packages`. */
function definePackage(name, manifest, sources) {
  const exports = { '.': './dist/index.js', './package.json': './package.json' };
  write(`packages/${name}/package.json`, { name: `@nx-redox/${name}`, exports, ...manifest });
  for (const [path, text] of Object.entries(sources)) write(`packages/${name}/${path}`, text);
  mkdirSync(join(root, 'packages', name, 'dist'));
}

/** What a script prints that runs in an installed package. */
function printed(folder, script) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], {
    cwd: join(root, folder),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-redox-bundle-'));
  write('node_modules/words/package.json', { name: 'words', version: '1.2.3', type: 'module', main: 'index.js' });
  write(
    'node_modules/words/index.js',
    "import { createRequire } from 'node:module';\nexport const word = createRequire(import.meta.url) ? 'hello' : '';\n",
  );
  write('node_modules/words/LICENSE', 'Use it as you like.');
  definePackage(
    'deep',
    {},
    {
      'assets/text': 'from deep',
      'src/index.ts': `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
export const text = (): string => readFileSync(join(__dirname, '../assets/text'), 'utf8');
export const self: string = __filename;
`,
    },
  );
  definePackage(
    'middle',
    { dependencies: { '@nx-redox/deep': '1' } },
    {
      'src/index.ts': "export { self, text } from '@nx-redox/deep';\n",
    },
  );
  definePackage(
    'top',
    {
      dependencies: { '@nx-redox/middle': '1', words: '1' },
      'nx-redox': { bundled: ['start', 'deeper/more'] },
    },
    {
      'executors.json': {
        executors: {
          dig: { implementation: './bin/executors.js#dig', batchImplementation: './bin/executors.js#dig/more' },
        },
      },
      'src/executors/dig/dig.impl.ts': `import { word } from 'words';
import { self, text } from '@nx-redox/middle';
import type { ExecutorContext } from '@nx/devkit';
export default (context?: ExecutorContext): string => [word, text(), self, context].join(' ');
`,
      'src/executors/dig/more.impl.ts': "if (1 < 2) console.log('loaded');\nexport default 1;\n",
      'src/deeper/more.ts': "export const more = 'more';\n",
      'src/start.ts': "import { text } from '@nx-redox/middle';\nconsole.log(text(), process.argv.length);\n",
    },
  );
});
afterEach(() => rmSync(root, { recursive: true }));

/** As a package manager installs them that lets each package see what it names, and nothing else. */
function install() {
  const place = (name) => `store/${name}/node_modules/@nx-redox/${name}`;
  for (const name of ['deep', 'middle', 'top']) {
    cpSync(join(root, 'packages', name), join(root, place(name)), {
      recursive: true,
      filter: (path) => !path.startsWith(join(root, 'packages', name, 'src')),
    });
  }
  const see = (name, other) =>
    cpSync(join(root, place(other)), join(root, `store/${name}/node_modules/@nx-redox/${other}`), { recursive: true });
  // deep lies beside middle, where top does not look.
  cpSync(join(root, place('deep')), join(root, place('middle'), 'node_modules/@nx-redox/deep'), { recursive: true });
  see('top', 'middle');
  rmSync(join(root, 'node_modules'), { recursive: true });
  return place('top');
}

describe('a bundle', () => {
  it('has all that the modules of a package load, and files are found where the package of a module lies', async () => {
    await bundle(join(root, 'packages/top'), join(root, 'packages/top/dist'));
    const folder = install();
    const script = `console.log(require('./dist/modules.bundle.js')['executors/dig/dig.impl']().default());
console.log(Object.keys(require.cache).length);`;
    const [said, modules] = printed(folder, script).split('\n');
    expect(said).toMatch(/^hello from deep \S+\/middle\/node_modules\/@nx-redox\/deep\/dist\/index\.js $/);
    expect(modules).toBe('1');
    expect(printed(folder, "console.log(Object.keys(require('./dist/modules.bundle.js')).join(' '))")).toBe(
      'executors/dig/dig.impl executors/dig/more.impl',
    );
  });

  it('loads a module when it is asked for', async () => {
    await bundle(join(root, 'packages/top'), join(root, 'packages/top/dist'));
    expect(printed('packages/top', "require('./dist/modules.bundle.js'); console.log('then');")).toBe('then');
    expect(printed('packages/top', "require('./dist/modules.bundle.js')['executors/dig/more.impl']();")).toBe('loaded');
  });

  it('is a file of its own for other modules', async () => {
    await bundle(join(root, 'packages/top'), join(root, 'packages/top/dist'));
    const folder = install();
    const script = "process.argv.push('one'); require('./dist/start.bundle.js')";
    expect(printed(folder, script)).toBe('from deep 2');
    expect(printed(folder, "console.log(require('./dist/deeper/more.bundle.js').more)")).toBe('more');
  });

  it('comes with the licences of others, and goes with them', async () => {
    const dist = join(root, 'packages/top/dist');
    await bundle(join(root, 'packages/top'), dist);
    const text = readFileSync(join(dist, 'bundle.licenses.txt'), 'utf8');
    expect(text).toContain('words 1.2.3\n\nUse it as you like.');
    expect(text).not.toContain('nx-redox/');
    removeBundles(dist);
    expect(readdirSync(dist)).toEqual(['deeper']);
  });

  it('is not made of a package without executors', async () => {
    await bundle(join(root, 'packages/deep'), join(root, 'packages/deep/dist'));
    expect(readdirSync(join(root, 'packages/deep/dist'))).toEqual([]);
    removeBundles(join(root, 'packages/none'));
    expect(existsSync(join(root, 'packages/none'))).toBe(false);
  });
});
