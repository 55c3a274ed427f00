import type { ExecutorContext } from '@nx/devkit';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../testing/temporary';
import install from './install.impl';

it('turns an error into advice and a failed task', async () => {
  let shown = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((shown += String(text)), true));
  const result = await install({ path: '/nowhere' }, { root: temporaryFolder() } as ExecutorContext);
  write.mockRestore();
  expect(result).toEqual({ success: false });
  expect(shown).toContain("the toolchain's folder does not exist: /nowhere");
  expect(shown).toContain('→ correct REDOX_TOOLCHAIN');
});
