import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCheckout, nxIn } from './checkout';

/** The first builds compile a standard library for each of four targets. */
const BUILDS_MS = 30 * 60_000;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nx-redox-checkout-'));
  await createCheckout(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it(
  'a checkout of the cookbook is built by LLVM and boots',
  async () => {
    const boot = await nxIn(folder, 'run', 'minimal:boot-llvm');
    expect([boot.exitCode, boot.output]).toEqual([0, expect.stringMatching(/passed: \d+ of \d+ stages/)]);
  },
  BUILDS_MS,
);
