import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageTool } from './tool';

let root: string;
const variables = ['PATH', 'REDOX_TOOLCHAIN_HOME', 'CARGO_HOME', 'CARGO_HTTP_PROXY', 'CARGO_NET_RETRY'] as const;
const before = variables.map((name) => [name, process.env[name]] as const);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-redox-image-'));
  process.env['REDOX_TOOLCHAIN_HOME'] = join(root, 'home');
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(root, { recursive: true, force: true });
});

const tools = () => (existsSync(join(root, 'home/tools')) ? readdirSync(join(root, 'home/tools')) : []);

describe('imageTool', () => {
  it('says how to get a cargo', async () => {
    process.env['PATH'] = root;
    await expect(imageTool(root)).rejects.toMatchObject({
      message: expect.stringContaining('cannot run cargo: not found'),
      advice: [expect.stringContaining('toolchain:install'), expect.stringContaining('install Rust')],
    });
    expect(tools()).toEqual([]);
  });

  it('says when crates.io cannot be reached', async (context) => {
    process.env['CARGO_HOME'] = join(root, 'cargo');
    process.env['CARGO_HTTP_PROXY'] = 'http://127.0.0.1:9';
    process.env['CARGO_NET_RETRY'] = '0';
    const error = await imageTool(root).catch((reason: unknown) => reason as Error & { advice: string[] });
    if (typeof error === 'string') throw new Error('it was built without the network');
    if (/cannot run cargo/.test(error.message) && !process.env['CI']) context.skip('there is no cargo on PATH');
    expect(error.message).toMatch(/crates of redox-image .* cannot be fetched/);
    expect(error.advice[0]).toContain('mirror of crates.io');
    expect(tools()).toEqual([]);
  });

  it('says what the compiler misses', async (context) => {
    // cargo and rustc, but no C compiler to link with.
    mkdirSync(join(root, 'bin'));
    for (const name of ['cargo', 'rustc']) {
      const path = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, name));
      const program = path.find((candidate) => existsSync(candidate));
      if (!program && !process.env['CI']) return context.skip(`there is no ${name} on PATH`);
      if (!program) throw new Error(`there is no ${name} on PATH`);
      symlinkSync(program, join(root, 'bin', name));
    }
    process.env['PATH'] = join(root, 'bin');
    const error = (await imageTool(root).catch((reason: unknown) => reason)) as Error;
    if (/cannot be fetched/.test(error.message) && !process.env['CI']) return context.skip(error.message);
    expect(error.message).toMatch(/could not be built:[^]*linker/);
    expect(tools()).toEqual([]);
  }, 60_000);
});
