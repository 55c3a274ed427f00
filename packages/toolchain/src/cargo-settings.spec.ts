import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireOwnCargoSettings, settingsThatCount } from './cargo-settings';

describe('requireOwnCargoSettings', () => {
  let top: string;
  beforeEach(async () => (top = await mkdtemp(join(tmpdir(), 'nx-redox-settings-'))));
  afterEach(() => rm(top, { recursive: true, force: true }));

  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(top, path)), { recursive: true });
    await writeFile(join(top, path), text);
  };
  const check = () =>
    requireOwnCargoSettings(join(top, 'home/w/recipes/a'), join(top, 'home/w'), { CARGO_HOME: join(top, 'cargo') });
  const PROFILE = '[profile.release]\nopt-level = 0\n';

  it.each(['cargo/config.toml', 'cargo/config', 'home/.cargo/config.toml', 'home/.cargo/config'])(
    'refuses a profile in %s',
    async (file) => {
      await write(file, PROFILE);
      await expect(check()).rejects.toThrow(/would change what is built: profile$/);
      await expect(check()).rejects.toMatchObject({ file: join(top, file) });
    },
  );

  it('leaves the files of the workspace alone, which are inputs', async () => {
    await write('home/w/.cargo/config.toml', PROFILE);
    await write('home/w/recipes/a/.cargo/config', PROFILE);
    await check();
  });

  it('passes what says only how to build, and what cargo itself refuses', async () => {
    await write('cargo/config.toml', '[net]\noffline = true\n[build]\njobs = 2\nrustflags = ["-Dwarnings"]\n');
    await write('home/.cargo/config.toml', '[build\n');
    await check();
  });
});

describe('settingsThatCount', () => {
  it('names each that has a say', () => {
    expect(
      settingsThatCount({
        env: { A: 'b' },
        patch: {},
        build: { 'rustc-workspace-wrapper': 'x', jobs: 1 },
        target: { a: { linker: 'cc', ssl: { 'rustc-link-lib': [] } } },
        registries: {},
      }),
    ).toEqual(['env', 'patch', 'build.rustc-workspace-wrapper', 'target.a.ssl']);
  });
});
