import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnose, formatDiagnosis } from './doctor';
import { installToolchain } from './install';
import { quietWork } from './testing/quiet';
import { realToolchain } from './testing/real-toolchain';
import { temporaryFolder } from './testing/temporary';

const real = realToolchain();

describe('diagnose', () => {
  it('says what is missing in a new workspace, and how to get it', async () => {
    const env = {
      PATH: temporaryFolder(),
      REDOX_TOOLCHAIN_HOME: temporaryFolder(),
      REDOX_TOOLCHAIN_ARCHIVE: '/nowhere/x.tar.xz',
    };
    const diagnosis = await diagnose(
      { workspaceRoot: temporaryFolder(), programs: ['qemu-system-aarch64'] },
      quietWork(),
      env,
    );
    expect(diagnosis.healthy).toBe(false);
    const missing = diagnosis.checks.filter((check) => check.state === 'missing').map((check) => check.name);
    expect(missing).toEqual(['toolchain', 'REDOX_TOOLCHAIN_ARCHIVE', 'qemu-system-aarch64']);
    const report = formatDiagnosis(diagnosis);
    expect(report).toContain('→ npx nx run toolchain:install');
    expect(report).toContain('apt-get install qemu-system-arm');
    expect(report).toMatch(/3 missing\.$/);
  });

  it.skipIf(!real)('finds nothing missing with a toolchain', async () => {
    const workspaceRoot = temporaryFolder();
    const env = { PATH: process.env.PATH, REDOX_TOOLCHAIN_HOME: temporaryFolder() };
    await installToolchain({ workspaceRoot, path: real }, quietWork(), env);
    const diagnosis = await diagnose({ workspaceRoot, programs: ['sh', 'rust-lld'] }, quietWork(), env);
    const report = formatDiagnosis(diagnosis);
    expect(report).toMatch(/Nothing is missing\.$/);
    expect(diagnosis.healthy).toBe(true);
    expect(diagnosis.checks.find((check) => check.name === 'rust-lld')?.found).toContain(join('lib', 'rustlib'));
    expect(diagnosis.checks.find((check) => check.name === 'Cranelift: C-variadic definitions')?.state).toBe('note');
  });
});
