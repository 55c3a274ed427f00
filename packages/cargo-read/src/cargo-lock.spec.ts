import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directCratesOf, parseCargoLock } from './cargo-lock';

const REGISTRY = 'registry+https://github.com/rust-lang/crates.io-index';
const LOCK = `version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = ["bitflags 2.0.0", "rt", "event"]

[[package]]
name = "rt"
version = "0.1.0"
dependencies = ["syscall"]

[[package]]
name = "other"
version = "0.1.0"
dependencies = ["bitflags 1.0.0"]

[[package]]
name = "bitflags"
version = "1.0.0"
source = "${REGISTRY}"
checksum = "aa"

[[package]]
name = "bitflags"
version = "2.0.0"
source = "${REGISTRY}"
checksum = "bb"

[[package]]
name = "event"
version = "0.4.0"
source = "git+https://example.org/event.git?branch=main#0123456789012345678901234567890123456789"

[[package]]
name = "syscall"
version = "0.5.0"
source = "${REGISTRY}"
checksum = "cc"
dependencies = ["bitflags 2.0.0"]
`;

describe('parseCargoLock', () => {
  const { lock, diagnostics } = parseCargoLock(LOCK, 'Cargo.lock');
  const name = (index: number) => `${lock!.packages[index]!.name}@${lock!.packages[index]!.version}`;

  it('knows what tells the content of a crate', () => {
    expect(diagnostics).toEqual([]);
    expect(lock!.packages.map(({ hash }) => hash)).toEqual([
      undefined,
      undefined,
      undefined,
      'aa',
      'bb',
      '0123456789012345678901234567890123456789',
      'cc',
    ]);
  });

  it('finds the crates that a package and its path dependencies name, of the right version', () => {
    expect(directCratesOf(lock!, 'app')!.map(name)).toEqual(['bitflags@2.0.0', 'event@0.4.0', 'syscall@0.5.0']);
    expect(directCratesOf(lock!, 'other')!.map(name)).toEqual(['bitflags@1.0.0']);
    expect(directCratesOf(lock!, 'rt')!.map(name)).toEqual(['syscall@0.5.0']);
    expect(lock!.packages[6]!.dependencies.map(name)).toEqual(['bitflags@2.0.0']);
  });

  it('says that a package is not in it', () => {
    expect(directCratesOf(lock!, 'absent')).toBeUndefined();
    expect(directCratesOf(lock!, 'bitflags')).toBeUndefined();
  });

  it('reads the checksums of old formats, and sources in dependencies', () => {
    const old = parseCargoLock(
      `[[package]]
name = "app"
version = "0.1.0"
dependencies = ["a 1.0.0 (${REGISTRY})"]
[[package]]
name = "a"
version = "1.0.0"
source = "${REGISTRY}"
[metadata]
"checksum a 1.0.0 (${REGISTRY})" = "dd"
`,
      'Cargo.lock',
    ).lock!;
    expect(directCratesOf(old, 'app')).toEqual([1]);
    expect(old.packages[1]!.hash).toBe('dd');
  });

  it('survives any text', () => {
    expect(parseCargoLock('[[package', 'Cargo.lock').lock).toBeUndefined();
    fc.assert(
      fc.property(fc.json(), (text) => {
        parseCargoLock(`package = ${text}`, 'Cargo.lock');
        parseCargoLock(`[[package]]\nname = ${text}\ndependencies = ${text}`, 'Cargo.lock');
      }),
    );
  });
});
