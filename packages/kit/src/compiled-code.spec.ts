import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-redox-compiled-code-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Files in the compile cache after a process has loaded a module, done `then`, and been ended by a signal from outside. */
async function keptAfter(then: string): Promise<number> {
  const cache = join(folder, 'cache');
  writeFileSync(join(folder, 'module.cjs'), 'exports.one = () => 1;');
  const script = `require(${JSON.stringify(join(folder, 'module.cjs'))}).one(); ${then}; console.log('done'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script], { env: { ...process.env, NODE_COMPILE_CACHE: cache } });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  if (!existsSync(cache)) return 0;
  return readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}

it('is there for the next process, if Node can write it', async () => {
  expect(await keptAfter('')).toBe(0);
  const { compiled } = nodeModule.createRequire(__filename)('../../../tools/compiled/compiled.cjs') as {
    compiled: () => string;
  };
  const kit = JSON.stringify(join(compiled(), 'packages/kit/dist/compiled-code.js'));
  const kept = await keptAfter(`require(${kit}).keepCompiledCode()`);
  if ('flushCompileCache' in nodeModule) expect(kept).toBeGreaterThan(0);
  else expect(kept).toBe(0);
});
