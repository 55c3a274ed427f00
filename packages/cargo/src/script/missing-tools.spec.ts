import { describe, expect, it } from 'vitest';
import { toolAdvice, toolsMissedIn } from './missing-tools';

describe('toolsMissedIn', () => {
  // As the programs themselves say it.
  it.each([
    ['bash', '/w/recipe.sh: line 3: meson: command not found', 'meson'],
    ['bash, a path', '/w/recipe.sh: line 3: /opt/x/cmake: No such file or directory', 'cmake'],
    ['pyenv', 'pyenv: python3.12: command not found', 'python3.12'],
    ['make', 'make: aarch64-unknown-redox-gcc: No such file or directory', 'aarch64-unknown-redox-gcc'],
    ['make in a folder', 'make[2]: nasm: Command not found', 'nasm'],
    ['dash', './configure: 12: m4: not found', 'm4'],
    ['sh -c in make', '/bin/sh: 1: yacc: not found', 'yacc'],
    [
      'the cc crate',
      '  error occurred in cc-rs: failed to find tool "aarch64-linux-gnu-gcc": No such file',
      'aarch64-linux-gnu-gcc',
    ],
    [
      'a build script of cargo',
      "thread 'main' panicked at build.rs:9:10: failed to run nasm: Os { code: 2, kind: NotFound, message: …",
      'nasm',
    ],
    ['env', 'env: ‘python3.12’: No such file or directory', 'python3.12'],
    [
      'CMake',
      'CMake Error:\n  The CMAKE_C_COMPILER:\n\n    some-gcc\n\n  is not a full path and was not found in the PATH.',
      'some-gcc',
    ],
  ])('understands %s', (_, text, tool) => {
    expect(toolsMissedIn(text.split('\n'))).toEqual([tool]);
  });

  it('takes nothing else for a program', () => {
    expect(
      toolsMissedIn(['cp: x: No such file or directory', 'error: file not found', 'checking for m4... no']),
    ).toEqual([]);
  });
});

describe('toolAdvice', () => {
  it('knows where programs come from', () => {
    expect(toolAdvice('aarch64-unknown-redox-ar', 'aarch64-unknown-redox')).toContain('make prefix ARCH=aarch64');
    expect(toolAdvice('autoreconf', 'x')).toContain('apt install autoconf automake libtool (Debian');
    expect(toolAdvice('python3.12', 'x')).toContain('COOKBOOK_PYTHON_V');
    expect(toolAdvice('ninja', 'x')).toBe(
      'install ninja: apt install ninja-build (Debian, Ubuntu), dnf install ninja-build (Fedora), pacman -S ninja (Arch), brew install ninja (macOS)',
    );
    expect(toolAdvice('rare', 'x')).toBe('install rare, and see that `rare` is on PATH');
  });
});
