import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '@nx-redox/kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { INSTALLED } from '../bin/installed';
import { identityFile } from './identity/identity';
import { noteInstalled } from './installed';
import { locationFile } from './location';
import { temporaryFolder } from './testing/temporary';

const PROGRAM = join(__dirname, '../bin/redox-toolchain-state.js');

let root: string;
let rustc: string;
let later: string;

beforeEach(async () => {
  root = temporaryFolder();
  rustc = join(temporaryFolder(), 'rustc');
  later = join(dirname(rustc), 'later');
  mkdirSync(join(root, 'dist/toolchain'), { recursive: true });
  writeFileSync(identityFile(root), '{"id":"1"}');
  writeFileSync(locationFile(root), '{"root":"/a"}');
  writeFileSync(rustc, 'a compiler');
  await noteInstalled(root, [rustc, later]);
});

async function state(): Promise<string> {
  const { stdout } = await run(process.execPath, [PROGRAM], { cwd: root });
  return stdout.trim();
}

describe('the state of an installation', () => {
  it('is the same for as long as nothing has changed', async () => {
    const first = await state();
    expect(first).toMatch(/^installed [0-9a-f]{64}$/);
    await noteInstalled(root, [rustc, later]);
    expect(await state()).toBe(first);
  });

  it.each<[string, () => void]>([
    ['a file of the toolchain has other content', () => writeFileSync(rustc, 'another compiler')],
    ['a file of the toolchain has another time stamp', () => utimesSync(rustc, 1, 1)],
    ['a file of the toolchain is gone', () => rmSync(rustc)],
    ['a file is there that was not', () => writeFileSync(later, '')],
    ['identity.json is gone', () => rmSync(identityFile(root))],
    ['identity.json says something else', () => writeFileSync(identityFile(root), '{"id":"2"}')],
    ['location.json says something else', () => writeFileSync(locationFile(root), '{"root":"/b"}')],
    ['the record is gone', () => rmSync(join(root, INSTALLED))],
    [
      'the record is cut',
      () => writeFileSync(join(root, INSTALLED), readFileSync(join(root, INSTALLED)).subarray(0, 40)),
    ],
    ['the record is something else', () => writeFileSync(join(root, INSTALLED), 'null')],
  ])('is a new one at each call if %s', async (_, change) => {
    change();
    const states = [await state(), await state()];
    expect(states[0]).toMatch(/^to install /);
    expect(new Set(states).size).toBe(2);
  });
});
