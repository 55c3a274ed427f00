import { describe, expect, it } from 'vitest';
import { CargoNoise } from './noise';

const NOISE = [
  'warning: target feature `neon` must be enabled to ensure that the ABI of the current target can be implemented correctly',
  '  |',
  '  = note: this was previously accepted by the compiler but is being phased out',
  '',
];

function visible(...lines: string[]): string[] {
  const noise = new CargoNoise();
  return lines.flatMap((line) => noise.filter(line) ?? []);
}

describe('CargoNoise', () => {
  it('takes out the warning that nobody can mend, and its count', () => {
    expect(visible('   Compiling a', ...NOISE, 'warning: `a` (lib) generated 1 warning', '    Finished')).toEqual([
      '   Compiling a',
      '    Finished',
    ]);
    expect(
      visible(...NOISE, 'warning: unused', '', 'warning: `a` (bin "a") generated 3 warnings (1 duplicate)'),
    ).toEqual(['warning: unused', '', 'warning: `a` (bin "a") generated 2 warnings']);
  });

  it('takes out the count of crates for which cargo did not show it again', () => {
    expect(
      visible(
        ...NOISE,
        'warning: `a` (lib) generated 1 warning',
        'warning: `b` (lib) generated 1 warning (1 duplicate)',
      ),
    ).toEqual([]);
    const script = 'warning: `b` (build script) generated 1 warning';
    expect(visible(...NOISE, script)).toEqual([script]);
    expect(visible('warning: be sure to add `/stage/usr/bin` to your PATH to be able to run')).toEqual([]);
  });

  it('leaves everything else', () => {
    const lines = ['warning: unused', '', 'warning: `a` (lib) generated 1 warning', 'error: x'];
    expect(visible(...lines)).toEqual(lines);
  });
});
