import type { ExecutorContext } from '@nx/devkit';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../testing/temporary';
import doctor from './doctor.impl';

it('fails when something is missing, and shows the report', async () => {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(text));
  const result = await doctor({ programs: ['no-such-program'] }, { root: temporaryFolder() } as ExecutorContext);
  log.mockRestore();
  expect(result).toEqual({ success: false });
  expect(lines.join('\n')).toMatch(/✗ toolchain .*\n.*→ npx nx run toolchain:install/);
  expect(lines.join('\n')).toMatch(/✗ no-such-program/);
});
