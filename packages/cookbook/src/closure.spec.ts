import { formatDiagnostic } from '@nx-redox/kit/toml';
import { describe, expect, it } from 'vitest';
import { packageSet } from './closure';
import { ConfigReader } from './merge';

const RECIPES: Record<string, string[]> = {
  base: ['libgcc'],
  libgcc: [],
  ion: ['base', 'gone'],
  loop: ['pool'],
  pool: ['loop'],
};
const packagesOf = (text: string) =>
  packageSet(
    new ConfigReader(() => text).merge('c.toml').config!,
    (name) => (RECIPES[name] === undefined ? undefined : { runtime: RECIPES[name] }),
    () => Object.keys(RECIPES),
  );

describe('packageSet', () => {
  it('closes over what packages need at run time', () => {
    expect(packagesOf('[packages]\nion = {}\nloop = "binary"\n').set).toEqual({
      installed: ['base', 'ion', 'libgcc', 'loop', 'pool'],
      binary: ['loop'],
    });
  });

  it('leaves out what is ignored, also when another package needs it', () => {
    expect(packagesOf('[packages]\nion = {}\nbase = "ignore"\n').set.installed).toEqual(['ion']);
  });

  it('takes a part of a package for the package, and names one that nobody builds', () => {
    expect(packagesOf('[packages]\n"ion.dev" = {}\n').set.installed).toContain('ion');
    expect(packagesOf('[packages]\nbasse = {}\n').diagnostics.map(formatDiagnostic)).toEqual([
      'c.toml:2: no recipe builds the package "basse"\n  → did you mean "base"?',
    ]);
  });
});
