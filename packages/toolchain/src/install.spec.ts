import { existsSync, mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { diagnose } from './doctor';
import { installToolchain } from './install';
import { identityFile, readIdentity } from './identity/identity';
import { locationFile, readLocation } from './location';
import { quietWork } from './testing/quiet';
import { realToolchain } from './testing/real-toolchain';
import { temporaryFolder } from './testing/temporary';

const real = realToolchain();

beforeEach(() => {
  // Servers that answer at once, with nothing.
  vi.stubEnv('RUSTUP_DIST_SERVER', 'http://127.0.0.1:9');
  return () => vi.unstubAllEnvs();
});

const emptyHome = () => ({ PATH: process.env.PATH, REDOX_TOOLCHAIN_HOME: temporaryFolder() });

describe('an archive with an expected hash', () => {
  it('is refused if it is another one, before anything is unpacked', async () => {
    const archive = join(temporaryFolder(), 'x.tar.gz');
    writeFileSync(archive, 'not what was meant');
    const env = { ...emptyHome(), REDOX_TOOLCHAIN_ARCHIVE: archive, REDOX_TOOLCHAIN_SHA256: 'a'.repeat(64) };
    const options = { workspaceRoot: temporaryFolder() };
    await expect(installToolchain(options, quietWork(), env)).rejects.toThrow(
      'this is not the archive that was expected',
    );
    expect(existsSync(join(env.REDOX_TOOLCHAIN_HOME, 'toolchains'))).toBe(false);
  });
});

describe('installToolchain', () => {
  it.skipIf(!real)('writes what the toolchain is and where, once', async () => {
    const workspaceRoot = temporaryFolder();
    const env = emptyHome();
    const options = { workspaceRoot, path: real };
    const { location, identity } = await installToolchain(options, quietWork(), env);
    expect(await readLocation(workspaceRoot)).toEqual(JSON.parse(JSON.stringify(location)));
    expect(await readIdentity(workspaceRoot)).toEqual(identity);
    const times = () =>
      [locationFile(workspaceRoot), identityFile(workspaceRoot)].map((file) => statSync(file).mtimeMs);
    const before = times();
    const again = quietWork();
    await installToolchain(options, again, env);
    // Nothing was compiled again.
    expect(again.lines).toEqual([]);
    // Without a wish the workspace stays with what it has.
    const automatic = await installToolchain({ workspaceRoot }, quietWork(), env);
    expect(automatic.identity).toEqual(identity);
    expect(times()).toEqual(before);
    const { notes } = await installToolchain({ ...options, rust: identity.rustc }, quietWork(), env);
    expect(notes.join()).not.toContain('warning');
    const other = await installToolchain({ ...options, rust: '1.2.3' }, quietWork(), env);
    expect(other.notes.at(-1)).toBe(
      `warning: toolchain.toml names Rust 1.2.3, and this is ${identity.rustc}: what it compiles may differ`,
    );
  });

  it.skipIf(!real)(
    'takes one of the last revision before a newer folder of an older one, and says what that lacks',
    async () => {
      // What the package would be completed with is not there.
      const env = { ...emptyHome(), REDOX_RUST_STABLE: '/nowhere' };
      const put = (name: string, rustc: string, time: number) => {
        const folder = join(env.REDOX_TOOLCHAIN_HOME, 'toolchains', name);
        mkdirSync(join(folder, 'bin'), { recursive: true });
        symlinkSync(join(real ?? '', 'lib'), join(folder, 'lib'));
        for (const program of ['cargo', 'rustc-llvm'])
          symlinkSync(join(real ?? '', 'bin', program), join(folder, 'bin', program));
        writeFileSync(join(folder, 'bin/rustc'), rustc, { mode: 0o755 });
        writeFileSync(join(folder, 'nx-redox.json'), '{"provider":"archive","archive":"0"}');
        utimesSync(join(folder, 'nx-redox.json'), time, time);
        return folder;
      };
      const older = put('older', `#!/bin/sh\nexec '${real}/bin/rustc' -Zfunction-sections=no "$@"\n`, 2_000_000_000);
      const alone = await installToolchain({ workspaceRoot: temporaryFolder() }, quietWork(), env);
      expect(alone.location.root).toBe(older);
      expect(alone.notes.at(-1)).toMatch(/^warning: .*older revision and lacks a section for each data object/);
      const workspaceRoot = temporaryFolder();
      await installToolchain({ workspaceRoot }, quietWork(), env);
      expect((await diagnose({ workspaceRoot }, quietWork(), env)).checks).toContainEqual(
        expect.objectContaining({ name: 'revision', state: 'note', found: expect.stringContaining('older: lacks') }),
      );

      const last = put('last', `#!/bin/sh\nexec '${real}/bin/rustc' "$@"\n`, 1_000_000_000);
      const both = await installToolchain({ workspaceRoot: temporaryFolder() }, quietWork(), env);
      expect(both.location.root).toBe(last);
      expect(both.notes.join()).not.toContain('warning');
      expect(both.identity.id).not.toBe(alone.identity.id);
    },
  );

  it('does not try another provider than the one that was asked for', async () => {
    const workspaceRoot = temporaryFolder();
    const work = quietWork();
    const env = emptyHome();
    await expect(installToolchain({ workspaceRoot }, work, { ...env, REDOX_TOOLCHAIN: '/nowhere' })).rejects.toThrow(
      /does not exist: \/nowhere/,
    );
    await expect(installToolchain({ workspaceRoot, path: workspaceRoot }, work, env)).rejects.toThrow(
      /bin\/rustc is missing/,
    );
    await expect(installToolchain({ workspaceRoot, archive: '/nowhere' }, work, env)).rejects.toThrow(
      /archive does not exist/,
    );
    expect(work.lines).toEqual([]);
    expect(existsSync(join(workspaceRoot, 'dist'))).toBe(false);
  });

  it('says what it tried, and why each failed', async () => {
    const workspaceRoot = temporaryFolder();
    const env = { ...emptyHome(), REDOX_RUST_STABLE: '/nowhere', REDOX_RUSTC_SOURCE: '/nowhere/rustc-src.tar.xz' };
    // A rustup that has the pinned nightly would make this succeed.
    const empty = temporaryFolder();
    vi.stubEnv('RUSTUP_HOME', empty);
    await expect(installToolchain({ workspaceRoot }, quietWork(), env)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(
        /provider package did not work: [^]*provider rustup did not work: [^]*provider source did not work: /,
      ),
      advice: expect.arrayContaining([expect.stringContaining('REDOX_TOOLCHAIN_ARCHIVE')]),
    });
    expect(existsSync(join(workspaceRoot, 'dist'))).toBe(false);
  });
});

describe('readLocation', () => {
  it('tells none from one that is gone', async () => {
    const workspaceRoot = temporaryFolder();
    await expect(readLocation(workspaceRoot)).rejects.toMatchObject({
      message: 'no toolchain is installed for this workspace',
      advice: ['npx nx run toolchain:install'],
    });
    mkdirSync(join(workspaceRoot, 'dist/toolchain'), { recursive: true });
    writeFileSync(locationFile(workspaceRoot), JSON.stringify({ rustc: '/gone', rustcLlvm: '/gone', cargo: '/gone' }));
    await expect(readLocation(workspaceRoot)).rejects.toThrow(/is gone/);
  });
});
