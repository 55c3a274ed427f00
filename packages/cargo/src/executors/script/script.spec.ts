import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasToolchain, testToolchain } from '../../testing/tiny-workspace';
import scriptExecutor from './script.impl';

describe.skipIf(!hasToolchain())('executor script', () => {
  let root: string;
  let said: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'nx-redox-script-'));
    const identity = { id: '0123456789abcdef', commit: 'test', capabilities: { cranelift: true, llvm: true } };
    await mkdir(join(root, 'dist/toolchain'), { recursive: true });
    await writeFile(join(root, 'dist/toolchain/location.json'), JSON.stringify(await testToolchain()));
    await writeFile(join(root, 'dist/toolchain/identity.json'), JSON.stringify(identity));
    said = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(root, { recursive: true, force: true });
  });

  async function execute(script: string): Promise<boolean> {
    await writeFile(join(root, 'recipe.toml'), `[build]\ntemplate = "custom"\nscript = "${script}"\n`);
    const options = { arch: 'aarch64', backend: 'llvm', recipe: 'recipe.toml', outputPath: 'dist/{arch}/x' } as const;
    return (await scriptExecutor(options, { root, projectName: 'x' } as ExecutorContext)).success;
  }

  it('builds a recipe and says what is there', async () => {
    expect(await execute('echo hello; echo text >$COOKBOOK_STAGE/file')).toBe(true);
    expect(said).toBe('hello\nx: 1 file, 0 of them ELF, 0 KiB\n');
    expect(await readFile(join(root, 'dist/aarch64/x/stage/file'), 'utf8')).toBe('text\n');
  });

  it('fails with a message', async () => {
    expect(await execute('exit 7')).toBe(false);
    expect(said).toContain('recipe.toml:3: the script of recipe');
    expect(said).toContain('stopped with status 7');
  });
});
