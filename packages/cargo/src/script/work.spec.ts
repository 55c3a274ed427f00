import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Work } from './work';

describe('the work folder of a script', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'nx-redox-work-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const CRATE = 'target/release/.fingerprint/logd-1';
  /** Whether what cargo has compiled was still there; it is afterwards. */
  async function keeps(name: string, purpose: string, clean = false): Promise<boolean> {
    const work = new Work(join(root, name));
    await work.renew(purpose, clean);
    const isThere = existsSync(join(work.build, CRATE, 'lib-logd'));
    await mkdir(join(work.build, CRATE), { recursive: true });
    await writeFile(join(work.build, CRATE, 'lib-logd'), '');
    await writeFile(join(work.build, 'made-by-hand'), '');
    return isThere;
  }

  it('keeps what cargo has compiled, for one purpose in one place', async () => {
    expect(await keeps('logd', 'one')).toBe(false);
    expect(await keeps('logd', 'one')).toBe(true);
    expect(await keeps('logd', 'two')).toBe(false);
    expect(await keeps('logd', 'two', true)).toBe(false);
    await rename(join(root, 'logd'), join(root, 'moved'));
    expect(await keeps('moved', 'two')).toBe(false);
    expect(await keeps('moved', 'two')).toBe(true);
  });

  it('keeps no answer of a rustc that was killed', async () => {
    await keeps('logd', 'one');
    const { build } = new Work(join(root, 'logd'));
    const probes = join(build, 'target/.rustc_info.json');
    for (const success of [true, false]) {
      await writeFile(probes, JSON.stringify({ outputs: { 1: { success } } }));
      expect(await keeps('logd', 'one')).toBe(true);
      expect(existsSync(probes)).toBe(success);
    }
  });

  it('keeps nothing else', async () => {
    await keeps('logd', 'one');
    await keeps('logd', 'one');
    const work = new Work(join(root, 'logd'));
    await work.renew('one', false);
    expect(existsSync(join(work.build, 'made-by-hand'))).toBe(false);
  });
});
