import { redox } from '@nx-redox/redox';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accelerator } from './accelerator';
import { bootSystem } from './boot';
import type { BootInput } from './options';
import { bootSector } from './testing/boot-sector';
import { qemusIn } from './testing/processes';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-bios-'));
});
afterAll(async () => {
  expect(await qemusIn(root)).toEqual([]);
  await rm(root, { recursive: true, force: true });
});

async function boot(name: string, sector: Uint8Array, changes: Partial<BootInput['qemu']> = {}) {
  const disk = Buffer.alloc(1024 * 1024);
  disk.set(sector);
  await writeFile(join(root, `${name}.img`), disk);
  const { machine, cpu, disk: bus, network } = redox.machines.x86_64;
  let printed = '';
  const report = await bootSystem(
    {
      arch: 'x86_64',
      backend: 'llvm',
      system: 'toy',
      method: 'bios',
      disk: `${name}.img`,
      qemu: { machine, cpu, memory: 256, disk: bus, network, ...changes },
      guest: redox.guest,
      output: `${name}/boot`,
      stages: [{ name: 'loader', pattern: '^loader is up', timeout: 150 }],
    },
    { workspaceRoot: root, out: { write: (text) => (printed += text) } },
  );
  return { report, printed };
}

describe("a boot by QEMU's own BIOS", () => {
  it('starts the boot sector of an nvme disk, with a network card', async () => {
    const { report, printed } = await boot('good', bootSector('\r\nloader is up\r\n', 25));
    expect(report, printed).toMatchObject({ method: 'bios', verdict: 'passed', exitCode: 51 });
    expect(printed).toMatch(
      /^booting toy, x86_64, llvm, by BIOS\n {2}machine {3}q35, cpu core2duo, emulated, 256 MiB\n/,
    );
  }, 200_000);

  it('is run by the processor itself where that is possible', async ({ skip }) => {
    const { by, refused } = await accelerator('x86_64', redox.machines.x86_64.machine);
    skip(by === 'tcg', refused ?? 'there is neither KVM nor HVF for x86_64 here');
    const { report, printed } = await boot('fast', bootSector('\r\nloader is up\r\n', 26), { accelerate: true });
    expect(report, printed).toMatchObject({ verdict: 'failed', exitCode: 53 });
    expect(report.command).toContain(by);
    expect(printed).toContain(`this machine's cpu (${by.toUpperCase()})`);
  }, 200_000);

  it('fails at once when the disk cannot be booted', async () => {
    const { report, printed } = await boot('empty', Buffer.alloc(512));
    expect(report, printed).toMatchObject({ verdict: 'failed', cause: 'the BIOS found no boot sector on the disk' });
  }, 200_000);
});
