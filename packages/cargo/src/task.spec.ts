import { describe, expect, it } from 'vitest';
import type { BuildExecutorOptions } from './executors/build/options';
import { buildTask } from './testing/tasks';

const options: BuildExecutorOptions = {
  arch: 'x86_64',
  backend: 'llvm',
  manifestPath: 'recipes/mini/logd/Cargo.toml',
  package: 'logd',
  bin: 'logd',
  kind: 'program',
  spec: { name: 'mini', base: 'x86_64-unknown-none', changes: [] },
  linkerScript: 'recipes/mini/rt/../rt/program.ld',
  sysrootPath: 'dist/{arch}/{backend}/toolchain/mini',
  outputPath: 'dist/{arch}/{backend}/logd',
  stagePath: 'usr/bin/logd',
};

describe('a task', () => {
  it('fills architecture and backend in and makes paths absolute', () => {
    expect(buildTask(options, 'mini-logd', '/w')).toEqual({
      project: 'mini-logd',
      workspaceRoot: '/w',
      arch: 'x86_64',
      backend: 'llvm',
      manifestPath: '/w/recipes/mini/logd/Cargo.toml',
      package: 'logd',
      bin: 'logd',
      kind: 'program',
      specName: 'mini',
      linkerScript: '/w/recipes/mini/rt/program.ld',
      sysrootDir: '/w/dist/x86_64/llvm/toolchain/mini',
      features: [],
      defaultFeatures: true,
      rustflags: [],
      cfgs: [],
      env: [],
      crateBackends: {},
      patches: [],
      reads: [],
      outputDir: '/w/dist/x86_64/llvm/logd',
      stagePath: 'usr/bin/logd',
    });
  });

  it('takes patches by path and by version, the C library, and backends that differ', () => {
    const { patches, libcDir, crateBackends } = buildTask(
      {
        ...options,
        libcPath: 'dist/{arch}/{backend}/relibc/stage/usr/lib',
        crateBackends: { relibc: 'cranelift', other: 'llvm' },
        patches: [
          { source: 'https://example.org/a.git', crate: 'rt', path: 'recipes/relibc/source/rt' },
          { source: 'crates-io', crate: 'uefi', version: '=0.1.14' },
        ],
      },
      'logd',
      '/w',
    );
    expect(patches).toEqual([
      { source: 'https://example.org/a.git', crate: 'rt', path: '/w/recipes/relibc/source/rt' },
      { source: 'crates-io', crate: 'uefi', version: '0.1.14' },
    ]);
    expect(libcDir).toBe('/w/dist/x86_64/llvm/relibc/stage/usr/lib');
    expect(crateBackends).toEqual({ relibc: 'cranelift' });
  });

  it.each([
    [{ backend: 'gcc' }, 'option backend is "gcc"'],
    [{ arch: 'arm' }, 'option arch is "arm"'],
    [{ kind: 'library' }, 'option kind is "library"'],
    [{ crateBackends: { relibc: 'gcc' } }, 'option crateBackends.relibc is "gcc"'],
    [{ cfgs: ['--release'] }, 'option cfgs[0] is "--release": no condition'],
    [{ kind: 'bootloader', backend: 'cranelift' }, 'Cranelift cannot make PE/COFF files'],
    [{ patches: [{ source: 'crates-io', crate: 'uefi' }] }, 'crate "uefi" needs a path or a version'],
    [{ patches: [{ source: 'crates-io', crate: 'uefi', version: '^0.1' }] }, 'names the version "^0.1"'],
    [{ patches: [{ source: 'crates-io', crate: 'uefi', path: '/etc' }] }, 'option patches.uefi is "/etc"'],
    [{ outputPath: '../out' }, 'option outputPath is "../out"'],
    [{ outputPath: '.' }, 'option outputPath is "."'],
    [{ stagePath: '/usr/bin/logd' }, 'option stagePath is "/usr/bin/logd"'],
    [{ linkerScript: 'a/../../b.ld' }, 'option linkerScript is "a/../../b.ld"'],
  ])('refuses %o', (wrong, message) => {
    expect(() => buildTask({ ...options, ...wrong } as BuildExecutorOptions, 'logd', '/w')).toThrow(message);
  });
});
