import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PreparedTarget } from '../targets/prepare';
import { planCall, readCall, type TargetCall } from './plan';

const HOST = 'x86_64-unknown-linux-gnu';
const KERNEL = { 'llvm-target': 'aarch64-unknown-none', arch: 'aarch64', os: 'none' };

describe('a call of cargo', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nx-redox-plan-'));
    write('targets/aarch64-unknown-kernel.json', JSON.stringify(KERNEL));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const env = (more: Record<string, string> = {}) => ({ CARGO_HOME: join(folder, 'home'), ...more });
  const read = (command: string, more: Record<string, string> = {}, at = '.') =>
    readCall(
      { host: HOST, rust: { location: { rustcLlvm: 'rustc' } } },
      command.split(' ').slice(1),
      join(folder, at),
      env(more),
    );

  function plan(call: TargetCall, more: Record<string, string> = {}) {
    const prepared = call.targets.map(({ name }): PreparedTarget => ({
      name,
      sysroot: { target: `${name}-1234`, dir: '/s', backend: 'cranelift', explanation: [], text: '' },
      marker: '-Cmetadata=abcd',
      changes: [],
    }));
    return planCall(
      call,
      prepared,
      { rustc: '/front/rustc', targets: '/front/targets', buildDir: '/front/build-std' },
      env(more),
    );
  }

  it('for this machine is none of ours', () => {
    for (const command of [
      'cargo build',
      'cargo run --bin tool',
      `cargo build --target ${HOST}`,
      'cargo metadata --format-version 1',
      'cargo --version',
      'cargo build --target wasm32-unknown-unknown',
      'cargo fetch --target aarch64-unknown-redox',
    ]) {
      expect(read(command), command).toBeUndefined();
    }
  });

  it('names its target in every way that cargo knows', () => {
    const name = (call: TargetCall | undefined) => call?.targets.map((target) => target.name);
    const kernel = ['aarch64-unknown-kernel'];
    expect(name(read('cargo rustc --target targets/aarch64-unknown-kernel.json --release'))).toEqual(kernel);
    expect(name(read('cargo b --target=./targets/aarch64-unknown-kernel.json'))).toEqual(kernel);
    expect(name(read('cargo build', { CARGO_BUILD_TARGET: 'targets/aarch64-unknown-kernel.json' }))).toEqual(kernel);
    expect(
      name(read('cargo build --target aarch64-unknown-kernel', { RUST_TARGET_PATH: join(folder, 'targets') })),
    ).toEqual(kernel);
    // A file of the name of a target that rustc has itself is not looked at.
    write('targets/x86_64-unknown-uefi.json', '{"llvm-target":"damaged","os":"none"}');
    const own = read('cargo build --target x86_64-unknown-uefi', { RUST_TARGET_PATH: join(folder, 'targets') });
    expect(own?.targets).toEqual([{ name: 'x86_64-unknown-uefi', arch: 'x86_64', os: 'uefi' }]);
    expect(name(read('cargo +nightly -Zunstable-options check --target aarch64-unknown-none'))).toEqual([
      'aarch64-unknown-none',
    ]);
    expect(name(read('cargo --config build.target="x86_64-unknown-uefi" build'))).toEqual(['x86_64-unknown-uefi']);
    write('.cargo/config.toml', '[build]\ntarget = "targets/aarch64-unknown-kernel.json"\n');
    expect(name(read('cargo build'))).toEqual(kernel);
    // A configuration file's paths are relative to the folder that it is for; the nearest one wins.
    write('inner/.cargo/config.toml', '[build]\ntarget = "aarch64-unknown-redox"\n');
    expect(name(read('cargo build', {}, 'inner'))).toEqual(['aarch64-unknown-redox']);
    expect(name(read('cargo build', {}, 'other/..'))).toEqual(kernel);
    expect(name(read('cargo install --path inner'))).toEqual(['aarch64-unknown-redox']);
  });

  it('says what it wants of the standard library', () => {
    const wish = (command: string) => read(command)!.wish;
    expect(wish('cargo build --target aarch64-unknown-redox')).toEqual({ std: true, mem: false });
    expect(wish('cargo build --target aarch64-unknown-none')).toEqual({ std: false, mem: true });
    expect(wish('cargo build --target aarch64-unknown-redox -Z build-std=core,alloc')).toEqual({
      std: false,
      mem: false,
    });
    expect(wish('cargo build --target aarch64-unknown-redox -Zbuild-std')).toEqual({ std: true, mem: false });
    expect(
      wish('cargo build --target aarch64-unknown-none -Zbuild-std=core -Z build-std-features=compiler-builtins-mem'),
    ).toEqual({ std: false, mem: true });
    expect(() =>
      read('cargo build --target aarch64-unknown-none -Zbuild-std=core -Zbuild-std-features=optimize_for_size'),
    ).toThrow('the standard library is prepared without the feature optimize_for_size');
  });

  it('loses what is answered, and keeps all else in its place', () => {
    const call = read(
      'cargo +nightly rustc --bin kernel --target targets/aarch64-unknown-kernel.json --release -Z build-std=core,alloc -Zbuild-std-features=compiler-builtins-mem -Z json-target-spec --features= -- -C link-arg=-T --emit link=out',
    )!;
    const { args, env: set, isRecorded, changes } = plan(call);
    expect(args).toEqual([
      ...['rustc', '--target', 'aarch64-unknown-kernel', '--message-format', 'json-render-diagnostics'],
      ...['--config', 'profile.release.lto="off"', '--config', 'profile.dev.lto="off"'],
      ...['--config', 'build.rustflags=["-Cmetadata=abcd"]'],
      ...['--bin', 'kernel', '--release', '--features=', '--', '-C', 'link-arg=-T', '--emit', 'link=out'],
    ]);
    expect(set).toMatchObject({ RUSTC: '/front/rustc', RUSTC_BOOTSTRAP: '1', NX_REDOX_TARGETS: '/front/targets' });
    expect(isRecorded).toBe(true);
    expect(changes.map(({ what }) => what).join('\n')).toContain('+nightly left out');
  });

  it('compiles again what is written to a file that cargo does not know', () => {
    const after = (emit: string) => plan(read(`cargo rustc --target aarch64-unknown-none -- ${emit}`)!).args.at(-1);
    expect(after('--emit obj=crt0.o')).toMatch(/^-Ldependency=\/front\/targets\/\d+-\d+$/);
    expect(after('--emit=asm=a.s,link')).toMatch(/^-Ldependency=/);
    expect(after('--emit link=kernel.all')).toBe('link=kernel.all');
  });

  it('keeps the flags that the script, its environment or a file has', () => {
    const call = read('cargo build --target aarch64-unknown-none --profile tiny')!;
    expect(plan(call).args).toContain('profile.tiny.lto="off"');
    expect(plan(call, { RUSTFLAGS: '--cfg soft' }).env.RUSTFLAGS).toBe('--cfg soft -Cmetadata=abcd');
    expect(plan(call, { CARGO_ENCODED_RUSTFLAGS: 'a b' }).env.CARGO_ENCODED_RUSTFLAGS).toBe('a b\x1f-Cmetadata=abcd');
    expect(plan(call, { CARGO_TARGET_AARCH64_UNKNOWN_NONE_RUSTFLAGS: '-Cx' }).args).toContain(
      'target."aarch64-unknown-none".rustflags=["-Cmetadata=abcd"]',
    );
    write('.cargo/config.toml', '[target."cfg(all())"]\nrustflags = ["-Copt-level=1"]\n');
    expect(plan(read('cargo build --target aarch64-unknown-none')!).args).toContain(
      'target."aarch64-unknown-none".rustflags=["-Cmetadata=abcd"]',
    );
  });

  it('whose configuration compiles std is kept from it', () => {
    write(
      '.cargo/config.toml',
      '[build]\ntarget = "aarch64-unknown-redox"\n[unstable]\nbuild-std = ["core", "alloc"]\nbuild-std-features = ["compiler-builtins-mem"]\n',
    );
    const call = read('cargo rustc --release -- -Clinker=aarch64-unknown-redox-ld')!;
    expect(call.wish).toEqual({ std: false, mem: true });
    const { args, env: set } = plan(call);
    // Without nightly's options cargo does not read [unstable].
    expect(set).toHaveProperty('RUSTC_BOOTSTRAP', undefined);
    expect(args).toContain('env.RUSTC_BOOTSTRAP="1"');
    expect(() => plan(read('cargo build -Z avoid-dev-deps')!)).toThrow('other unstable options of cargo');
  });

  it('of cargo run is not recorded, and damaged files are named', () => {
    expect(plan(read('cargo run --target aarch64-unknown-none')!).isRecorded).toBe(false);
    expect(plan(read('cargo build --target aarch64-unknown-none --message-format=json')!).isRecorded).toBe(false);
    expect(() => read('cargo build --target targets/none.json')).toThrow('there is no such target specification');
    write('targets/bad.json', '{');
    expect(() => read('cargo build --target targets/bad.json')).toThrow('this target specification is damaged');
    expect(() => read(`cargo build --target ${HOST} --target aarch64-unknown-none`)).toThrow(
      'for several systems at once',
    );
    write('.cargo/config.toml', '[build\n');
    expect(() => read('cargo build')).toThrow('this file of cargo is no TOML');
  });
});
