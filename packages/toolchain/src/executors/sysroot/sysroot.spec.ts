import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../testing/temporary';
import sysroot from './sysroot.impl';

it('asks for a toolchain first, and writes nothing without one', async () => {
  let shown = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((shown += String(text)), true));
  const root = temporaryFolder();
  const result = await sysroot(
    {
      arch: 'aarch64',
      backend: 'cranelift',
      spec: { name: 'mini', base: 'aarch64-unknown-none', changes: [] },
      outputPath: 'dist/{arch}/{backend}/toolchain/mini',
    },
    { root } as ExecutorContext,
  );
  write.mockRestore();
  expect(result).toEqual({ success: false });
  expect(shown).toContain('→ npx nx run toolchain:install');
  expect(existsSync(join(root, 'dist'))).toBe(false);
});
