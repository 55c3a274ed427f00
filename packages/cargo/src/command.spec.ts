import { describe, expect, it } from 'vitest';
import { jointArguments, jointGroups, packageFlags, type PreparedTask, rustcArguments } from './command';

const task = (name: string, more: Partial<PreparedTask> = {}): PreparedTask => ({
  project: name,
  workspaceRoot: '/w',
  arch: 'aarch64',
  backend: 'cranelift',
  manifestPath: `/w/src/${name}/Cargo.toml`,
  package: name,
  bin: name,
  kind: 'program',
  specName: 'mini',
  sysrootDir: '/w/dist/sysroot',
  features: [],
  defaultFeatures: true,
  rustflags: [],
  cfgs: [],
  env: [],
  crateBackends: {},
  patches: [],
  reads: [],
  usedPatches: [],
  crateType: 'bin',
  crate: name,
  outputDir: `/w/dist/${name}`,
  stagePath: `usr/bin/${name}`,
  target: 'aarch64-mini-1a2b3c4d',
  cargoRoot: '/w/src',
  packageId: `path+file:///w/src/${name}#0.1.0`,
  hasBuildScript: false,
  hasOtherBins: false,
  placedScript: '/w/target/redox/x/linker-scripts/program-0011223344556677.ld',
  ...more,
});

describe('rustcArguments', () => {
  it('gives the package its flags by a profile, without any path that depends on the folder', () => {
    const args = rustcArguments(task('logd', { features: ['a', 'b'], rustflags: ['-Copt-level=s'] }), false);
    expect(args).toEqual([
      'rustc',
      '--release',
      '--locked',
      '--target=aarch64-mini-1a2b3c4d',
      '--message-format=json',
      '--color=never',
      '--package=path+file:///w/src/logd#0.1.0',
      '--bin=logd',
      '--features=a,b',
      '--config',
      'profile.release.package."logd".rustflags=["-Copt-level=s","-Clink-arg=-Tprogram-0011223344556677.ld","-Clink-arg=-zmax-page-size=4096"]',
    ]);
  });

  it('puts the start files of the C library before everything, and its end file after', () => {
    const libc = { hash: '0123456789abcdef', units: new Map() };
    const flags = packageFlags(task('init', { libc, placedScript: undefined, rustflags: ['-Copt-level=s'] }));
    expect(flags).toEqual([
      '-Zpre-link-arg=-l:crt0.o',
      '-Zpre-link-arg=-l:crti.o',
      '-Clink-arg=-l:crtn.o',
      '-Cmetadata=libc-0123456789abcdef',
      '-Copt-level=s',
      '-Clink-arg=-zmax-page-size=4096',
    ]);
  });

  it('names patches, backends of crates and features as cargo takes them', () => {
    const args = rustcArguments(
      task('boot', {
        crateType: 'staticlib',
        defaultFeatures: false,
        crateBackends: { relibc: 'llvm' },
        usedPatches: [
          { source: 'https://example.org/libc.git', crate: 'rt', path: '/w/libc/rt' },
          { source: 'crates-io', crate: 'uefi', version: '0.1.14' },
        ],
      }),
      false,
    );
    expect(args.slice(6, -2)).toEqual([
      '--no-default-features',
      '--config',
      'patch."https://example.org/libc.git"."rt".path="/w/libc/rt"',
      '--config',
      'patch."crates-io"."uefi".version="=0.1.14"',
      '--config',
      'profile.release.codegen-backend="cranelift"',
      '--config',
      'profile.release.package."relibc".codegen-backend="llvm"',
      '--package=path+file:///w/src/boot#0.1.0',
      '--lib',
    ]);
  });

  it('keeps them from a build script', () => {
    const args = rustcArguments(task('kernel', { hasBuildScript: true, placedScript: undefined }), true);
    expect(args.slice(-2)).toEqual(['--', '-Clink-arg=-zmax-page-size=4096']);
    expect(args.some((arg) => arg.includes('rustflags'))).toBe(false);
    expect(args).toContain('--message-format=json-diagnostic-rendered-ansi');
  });
});

describe('jointArguments', () => {
  it('builds every package with its own flags and features', () => {
    const args = jointArguments([task('init'), task('logd', { features: ['fast'], placedScript: undefined })], false);
    expect(args.slice(0, 2)).toEqual(['build', '--release']);
    expect(args).toContain('--keep-going');
    expect(args).toContain('--features=logd/fast');
    expect(args.filter((arg) => arg.startsWith('--package='))).toHaveLength(2);
    expect(args.filter((arg) => arg.startsWith('profile.'))).toEqual([
      'profile.release.package."init".rustflags=["-Clink-arg=-Tprogram-0011223344556677.ld","-Clink-arg=-zmax-page-size=4096"]',
      'profile.release.package."logd".rustflags=["-Clink-arg=-zmax-page-size=4096"]',
    ]);
  });
});

describe('jointGroups', () => {
  const names = (tasks: PreparedTask[]) => jointGroups(tasks).map((group) => group.map(({ project }) => project));

  it('puts tasks of one Cargo workspace, target and backend together', () => {
    const llvm = { backend: 'llvm', sysrootDir: '/w/dist/llvm' } as const;
    expect(
      names([task('a'), task('b', llvm), task('c'), task('d', llvm), task('e', { cargoRoot: '/w/other' })]),
    ).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  it('leaves out what needs a run of its own', () => {
    expect(names([task('a'), task('b', { hasBuildScript: true }), task('c', { hasOtherBins: true })])).toEqual([]);
    expect(names([task('a'), task('b', { defaultFeatures: false }), task('c', { crateType: 'staticlib' })])).toEqual(
      [],
    );
    expect(
      names([task('a'), task('b', { lockFile: '/w/lock' }), task('c', { cfgs: ['x'] }), task('d', { env: ['X'] })]),
    ).toEqual([]);
    expect(names([task('a'), task('b'), task('c', { package: 'a' }), task('d', { bin: 'b' })])).toEqual([['a', 'b']]);
  });
});
