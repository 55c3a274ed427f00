import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseElf, stripElf } from '@nx-redox/binary';
import { blake3Bytes } from '@nx-redox/kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elfFile } from '../testing/elf-file';
import { takeMember } from './member';

const OWNER = 'dist/aarch64/llvm/daemons';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-member-'));
});
afterEach(() => rm(root, { recursive: true }));

const linked = elfFile({ comment: 'rustc version 1.95.0' });
const stripped = Buffer.from(stripElf(parseElf(linked)));

/** What the recipe's build leaves of a program, and the member that is taken out of it. */
async function take(
  program: { installed?: string[]; initfs?: string[]; isBootstrap?: true },
  { staged, held }: { staged?: Buffer; held?: Buffer } = {},
): Promise<{ said: string; bytes: Buffer; debug: Buffer }> {
  const write = async (path: string, bytes: string | Buffer) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  };
  const { installed = [], initfs = [] } = program;
  const facts = async (path: string, bytes: Buffer) => ({
    path,
    size: bytes.length,
    blake3: await blake3Bytes(bytes),
  });
  await write(`${OWNER}/debug/lamp`, linked);
  for (const path of installed) await write(`${OWNER}/stage/${path}`, staged!);
  await write(
    `${OWNER}/artifact.json`,
    JSON.stringify({
      schema: 1,
      project: 'daemons',
      package: 'daemons',
      arch: 'aarch64',
      backend: 'llvm',
      target: '',
      toolchain: '',
      files: await Promise.all(installed.map((path) => facts(path, staged!))),
      links: [],
      crates: [],
      programs: [{ package: 'lamp', bin: 'lamp', debug: 'debug/lamp', ...program, installed, initfs }],
      calls: [],
      initfs: [
        {
          image: 'initfs.img',
          format: 'D',
          size: 0,
          files: held ? await Promise.all(initfs.map((path) => facts(path, held))) : [],
        },
      ],
      reads: [],
    }),
  );
  const said = await takeMember(root, {
    project: 'lamp',
    arch: 'aarch64',
    backend: 'llvm',
    package: 'lamp',
    bins: ['lamp'],
    ownerPath: 'dist/{arch}/{backend}/daemons',
    outputPath: 'dist/{arch}/{backend}/lamp',
  });
  const out = join(root, 'dist/aarch64/llvm/lamp');
  const path = installed[0] ?? 'usr/bin/lamp';
  return { said, bytes: await readFile(join(out, 'stage', path)), debug: await readFile(join(out, 'debug/lamp')) };
}

describe('a program of a package in the workspace of a recipe', () => {
  it('differs from itself without symbols, or the others here could not fail', () => {
    expect(stripped.equals(linked)).toBe(false);
  });

  it.each([
    ['is what the recipe installs', { installed: ['usr/sbin/lamp'] }, { staged: stripped }, stripped],
    [
      'is installed with its symbols if the script leaves them',
      { installed: ['bin/lamp'] },
      { staged: linked },
      linked,
    ],
    ['is as the initfs has it: linked', { initfs: ['bin/lamp'] }, { held: linked }, linked],
    ['is as the initfs has it: without symbols', { initfs: ['bin/lamp'] }, { held: stripped }, stripped],
    ['is as the initfs has it: bootstrap', { isBootstrap: true as const }, {}, linked],
    ['has no symbols if nothing holds it', {}, {}, stripped],
  ])('%s', async (_, program, files, bytes) => {
    const taken = await take(program, files);
    expect(taken.bytes.equals(bytes)).toBe(true);
    expect(taken.debug.equals(linked)).toBe(true);
    expect(taken.said).not.toContain('changed');
  });

  it('is told of if the script has changed it on its way into the initfs', async () => {
    const taken = await take({ initfs: ['bin/lamp'] }, { held: Buffer.from('packed') });
    expect(taken.said).toBe('lamp: bin/lamp of the initfs, where the script has changed it\n');
    expect(taken.bytes.equals(stripped)).toBe(true);
  });
});
