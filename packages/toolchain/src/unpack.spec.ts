import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeArchive } from './testing/archives';
import { quietWork } from './testing/quiet';
import { temporaryFolder } from './testing/temporary';
import { unpackTar } from './unpack';

describe.each(['xz', 'gz'] as const)('unpackTar of .tar.%s', (kind) => {
  it('writes what is asked for, below the first folder', async () => {
    const folder = temporaryFolder();
    const archive = join(folder, 'archive');
    await writeArchive(archive, kind, [
      { name: 't/a/tool', content: 'run', mode: 0o755 },
      { name: 't/a/link', type: 'symlink', linkname: 'tool' },
      { name: 't/b/y', content: '2' },
    ]);
    mkdirSync(join(folder, 'out'));
    await unpackTar(archive, join(folder, 'out'), quietWork(), (path) => path.startsWith('a/'));
    expect(readdirSync(join(folder, 'out'))).toEqual(['a']);
    expect(readlinkSync(join(folder, 'out/a/link'))).toBe('tool');
    expect(readFileSync(join(folder, 'out/a/tool'), 'utf8')).toBe('run');
  });

  it('has the bounds of all archives', async () => {
    const folder = temporaryFolder();
    const archive = join(folder, 'archive');
    await writeArchive(archive, kind, [{ name: 't/l', type: 'symlink', linkname: 'a/../../out' }]);
    mkdirSync(join(folder, 'out'));
    await expect(unpackTar(archive, join(folder, 'out'), quietWork())).rejects.toThrow('leads out of the source');
    writeFileSync(archive, readFileSync(archive).subarray(0, -4));
    await expect(unpackTar(archive, join(folder, 'out'), quietWork())).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('cut off'),
    });
  });
});
