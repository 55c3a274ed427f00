import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compileProject } from './compile';

let top: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'nx-redox-compile-'));
  await symlink(join(__dirname, '../../../node_modules'), join(top, 'node_modules'));
  for (const [name, references] of [
    ['base', []],
    ['app', [{ path: '../base' }]],
  ] as const) {
    const compilerOptions = { composite: true, rootDir: 'src', outDir: 'dist', types: [] };
    await write(`${name}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['src'], references }));
    await write(`${name}/src/main.ts`, `export const ${name} = 1;\n`);
  }
});
afterEach(() => rm(top, { recursive: true, force: true }));

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(top, path)), { recursive: true });
  await writeFile(join(top, path), text);
};
const made = (path: string) => readFile(join(top, path), 'utf8');

it('compiles what is not there, what was edited since, and nothing else', { timeout: 120_000 }, async () => {
  await Promise.all([compileProject(join(top, 'app')), compileProject(join(top, 'app'))]);
  expect(await made('app/dist/main.js')).toContain('app = 1');
  const before = await stat(join(top, 'app/dist/.sources'));
  await compileProject(join(top, 'app'));
  expect((await stat(join(top, 'app/dist/.sources'))).mtimeMs).toBe(before.mtimeMs);
  await write('base/src/main.ts', 'export const base = 2;\n');
  await compileProject(join(top, 'app'));
  expect(await made('base/dist/main.js')).toContain('base = 2');
  await write('app/src/main.ts', 'export const app: string = 1;\n');
  await expect(compileProject(join(top, 'app'))).rejects.toThrow(/do not compile:\n.*main\.ts/);
  await expect(compileProject(join(top, 'app'))).rejects.toThrow(/do not compile/);
});
