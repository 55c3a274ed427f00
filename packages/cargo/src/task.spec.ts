import { describe, expect, it } from 'vitest';
import type { BuildExecutorSchema } from './executors/build/schema';
import { toTask } from './task';

const options: BuildExecutorSchema = {
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

describe('toTask', () => {
  it('fills architecture and backend in and makes paths absolute', () => {
    expect(toTask(options, 'mini-logd', '/w')).toEqual({
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
      rustflags: [],
      outputDir: '/w/dist/x86_64/llvm/logd',
      stagePath: 'usr/bin/logd',
    });
  });

  it.each([
    [{ backend: 'gcc' }, 'option backend is "gcc"'],
    [{ arch: 'arm' }, 'option arch is "arm"'],
    [{ kind: 'library' }, 'option kind is "library"'],
    [{ outputPath: '../out' }, 'option outputPath is "../out"'],
    [{ outputPath: '.' }, 'option outputPath is "."'],
    [{ stagePath: '/usr/bin/logd' }, 'option stagePath is "/usr/bin/logd"'],
    [{ linkerScript: 'a/../../b.ld' }, 'option linkerScript is "a/../../b.ld"'],
  ])('refuses %o', (wrong, message) => {
    expect(() => toTask({ ...options, ...wrong } as BuildExecutorSchema, 'logd', '/w')).toThrow(message);
  });
});
