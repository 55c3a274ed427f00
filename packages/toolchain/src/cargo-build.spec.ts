import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cargoBuild, cargoError, crateCounter, encodeRustflags } from './cargo-build';
import { quietWork } from './testing/quiet';
import { realStable } from './testing/real-toolchain';
import { temporaryFolder } from './testing/temporary';

const stable = realStable();

function crate(source: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'src'));
  writeFileSync(
    join(folder, 'Cargo.toml'),
    '[package]\nname = "probe"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n',
  );
  writeFileSync(join(folder, 'src/lib.rs'), source);
  return folder;
}

describe.skipIf(!stable)('cargoBuild, with the cargo of this machine', () => {
  const build = (folder: string, work = quietWork()) =>
    cargoBuild(
      {
        label: 'probe',
        cargo: join(stable?.root ?? '', 'bin/cargo'),
        args: ['--manifest-path', join(folder, 'Cargo.toml')],
        env: {
          CARGO_TARGET_DIR: join(folder, 'target'),
          RUSTC: join(stable?.root ?? '', 'bin/rustc'),
          RUSTC_BOOTSTRAP: '1',
        },
        cwd: folder,
      },
      work,
    );

  it('tells each crate with its place, and returns it', async () => {
    const folder = crate('pub fn f() {}\n');
    const work = quietWork();
    const crates = await build(folder, work);
    expect(crates).toEqual([
      { name: 'probe', files: expect.arrayContaining([join(folder, 'target/debug/libprobe.rlib')]) },
    ]);
    expect(work.lines).toEqual(['probe: 1/1 probe', 'probe: built']);
    const again = quietWork();
    expect(await build(folder, again)).toEqual(crates);
    expect(again.lines).toEqual(['probe: built']);
  });

  it("shows the compiler's own words", async () => {
    await expect(build(crate('pub fn f() -> u8 { "text" }\n'))).rejects.toThrow(
      /probe failed:\nerror\[E0308\]: mismatched types/,
    );
  });
});

describe('cargoError', () => {
  const result = { exitCode: 101, stdout: '', timedOut: false };

  it('tells a network that is not there from a build that fails', () => {
    const offline = cargoError('std', {
      ...result,
      stderr: 'error: failed to download `x`\n\nCaused by:\n  [6] Could not resolve hostname\n',
    });
    expect(offline.message).toBe('std: crates.io cannot be reached: [6] Could not resolve hostname');
    expect(offline.advice).not.toHaveLength(0);
    const wanted =
      "error: no matching package named `addr2line` found\nlocation searched: crates.io index\nAs a reminder, you're using offline mode";
    expect(cargoError('std', { ...result, stderr: wanted }).message).toContain(
      'cannot be reached: error: no matching package',
    );
    expect(cargoError('std', { ...result, stderr: 'error: no such package\n' }).message).toBe(
      'std failed:\nerror: no such package',
    );
  });
});

describe('crateCounter', () => {
  it('does not count what is no artefact', () => {
    const work = quietWork();
    const count = crateCounter(work.step('x'));
    count('{"reason":"build-script-executed"}');
    count('text');
    count('{"reason":"compiler-artifact","target":{"name":"a"},"filenames":[],"fresh":false}');
    expect(work.lines).toEqual(['x: 1 a']);
  });
});

describe('encodeRustflags', () => {
  it('keeps spaces', () => {
    expect(encodeRustflags(['--sysroot', '/a b'])).toBe('--sysroot\x1f/a b');
  });
});
