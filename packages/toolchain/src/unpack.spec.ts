import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeArchive, type Member } from './testing/archives';
import { quietWork } from './testing/quiet';
import { temporaryFolder } from './testing/temporary';
import { unpackTar, type UnpackOptions } from './unpack';

/** Unpacks members through a real compressed file; the result's folder. */
async function unpack(kind: 'xz' | 'gz', members: Member[], options?: UnpackOptions): Promise<string> {
  const folder = temporaryFolder();
  const archive = join(folder, 'archive');
  await writeArchive(archive, kind, members);
  const out = join(folder, 'out');
  mkdirSync(out);
  await unpackTar(archive, out, quietWork(), options);
  return out;
}

describe.each(['xz', 'gz'] as const)('unpackTar of .tar.%s', (kind) => {
  it('writes files, folders, modes and links', async () => {
    const out = await unpack(
      kind,
      [
        { name: 'top/', type: 'directory' },
        { name: 'top/bin/tool', content: 'run', mode: 0o755 },
        { name: 'top/lib/real', content: 'x' },
        { name: 'top/lib/link', type: 'symlink', linkname: '../bin/tool' },
      ],
      { strip: 1 },
    );
    expect(readFileSync(join(out, 'lib/link'), 'utf8')).toBe('run');
    expect(readlinkSync(join(out, 'lib/link'))).toBe('../bin/tool');
    expect(statSync(join(out, 'bin/tool')).mode & 0o777).toBe(0o755);
    expect(statSync(join(out, 'lib/real')).mode & 0o777).toBe(0o644);
  });

  it.each([1, 40, 200, 2000])('says of an archive without its last %i bytes that it is cut off', async (missing) => {
    const folder = temporaryFolder();
    const archive = join(folder, 'archive');
    const noise = randomBytes(50_000);
    await writeArchive(archive, kind, [
      { name: 'a', content: noise },
      { name: 'b', content: 'b' },
    ]);
    const bytes = readFileSync(archive);
    writeFileSync(archive, bytes.subarray(0, bytes.length - missing));
    mkdirSync(join(folder, 'out'));
    await expect(unpackTar(archive, join(folder, 'out'), quietWork())).rejects.toMatchObject({
      name: 'UserError',
      file: archive,
      message: expect.stringContaining('cut off'),
    });
  });

  it('says so wherever it is cut off, in the middle of many members too', async () => {
    const folder = temporaryFolder();
    const archive = join(folder, 'archive');
    const members = Array.from({ length: 40 }, (_, index) => ({ name: `m${index}`, content: randomBytes(20_000) }));
    await writeArchive(archive, kind, members);
    const bytes = readFileSync(archive);
    for (let part = 1; part < 8; part++) {
      writeFileSync(archive, bytes.subarray(0, (bytes.length * part) / 8));
      const out = join(folder, `out-${part}`);
      mkdirSync(out);
      await expect(unpackTar(archive, out, quietWork())).rejects.toThrow(/cut off/);
    }
  });

  it('finds a changed byte', async () => {
    const folder = temporaryFolder();
    const archive = join(folder, 'archive');
    await writeArchive(archive, kind, [{ name: 'a', content: 'text '.repeat(1000) }]);
    const bytes = readFileSync(archive);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
    writeFileSync(archive, bytes);
    mkdirSync(join(folder, 'out'));
    await expect(unpackTar(archive, join(folder, 'out'), quietWork())).rejects.toMatchObject({
      name: 'UserError',
      file: archive,
    });
  });
});

describe('unpackTar', () => {
  it.each<[string, Member[], RegExp]>([
    ['a path upwards', [{ name: '../evil', content: 'x' }], /outside the folder/],
    ['a path upwards in the middle', [{ name: 'a/../../evil', content: 'x' }], /outside the folder/],
    ['an absolute path', [{ name: '/evil', content: 'x' }], /outside the folder/],
    ['an absolute link', [{ name: 'l', type: 'symlink', linkname: '/etc' }], /points outside/],
    ['a link upwards', [{ name: 'a/l', type: 'symlink', linkname: '../../x' }], /points outside/],
    ['a hard link', [{ name: 'l', type: 'link', linkname: 'a' }], /is a link/],
    ['a device', [{ name: 'd', type: 'character-device' }], /is a character-device/],
    [
      'a member behind a link',
      [
        { name: 'in/', type: 'directory' },
        { name: 'l', type: 'symlink', linkname: 'in' },
        { name: 'l/x', content: 'x' },
      ],
      /through a symbolic link/,
    ],
  ])('refuses %s', async (_what, members, message) => {
    await expect(unpack('gz', members)).rejects.toThrow(message);
  });

  it('refuses more than the bound', async () => {
    await expect(unpack('gz', [{ name: 'big', content: 'x'.repeat(5000) }], { maxBytes: 4000 })).rejects.toThrow(
      /more than/,
    );
  });

  it('writes only what is asked for', async () => {
    const out = await unpack(
      'gz',
      [
        { name: 't/a/x', content: '1' },
        { name: 't/b/y', content: '2' },
      ],
      {
        strip: 1,
        only: (path) => path.startsWith('a/'),
      },
    );
    expect(readdirSync(out)).toEqual(['a']);
  });

  it('says what is no archive, and what is not there', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'zip'), 'PK\x03\x04 this is not it');
    await expect(unpackTar(join(folder, 'zip'), folder, quietWork())).rejects.toThrow(
      /neither a .tar.xz nor a .tar.gz/,
    );
    await expect(unpackTar(join(folder, 'none'), folder, quietWork())).rejects.toThrow(/ENOENT/);
  });

  it('stops when it is told to', async () => {
    const folder = temporaryFolder();
    await writeArchive(join(folder, 'a'), 'xz', [{ name: 'x', content: 'x' }]);
    const controller = new AbortController();
    controller.abort(new Error('stopped by test'));
    mkdirSync(join(folder, 'out'));
    await expect(unpackTar(join(folder, 'a'), join(folder, 'out'), quietWork(controller.signal))).rejects.toThrow(
      'stopped by test',
    );
  });

  it('never writes outside, whatever the names are', async () => {
    const piece = fc.constantFrom('..', '.', '', 'a', 'b', 'c d');
    const name = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('/') || 'x');
    const member: fc.Arbitrary<Member> = fc.oneof(
      name.map((path) => ({ name: path, content: 'x' })),
      fc.tuple(name, name).map(([path, linkname]) => ({ name: path, type: 'symlink' as const, linkname })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(member, { maxLength: 6 }), async (members) => {
        const folder = temporaryFolder();
        const archive = join(folder, 'archive');
        await writeArchive(archive, 'gz', members);
        mkdirSync(join(folder, 'deep/out'), { recursive: true });
        await unpackTar(archive, join(folder, 'deep/out'), quietWork()).catch(() => undefined);
        expect(readdirSync(folder).sort()).toEqual(['archive', 'deep']);
        expect(readdirSync(join(folder, 'deep'))).toEqual(['out']);
        expect(existsSync('/a') || existsSync('/b')).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});
