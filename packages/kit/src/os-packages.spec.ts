import { describe, expect, it } from 'vitest';
import { firmwareName, installAdvice, packagesOf } from './os-packages';
import { ARCHES } from './target';

describe('packages of the system', () => {
  it('have a name for each package manager, or one for all', () => {
    expect(packagesOf('ninja')).toEqual({ apt: 'ninja-build', dnf: 'ninja-build', pacman: 'ninja', brew: 'ninja' });
    expect(packagesOf('cmake')).toEqual({ apt: 'cmake', dnf: 'cmake', pacman: 'cmake', brew: 'cmake' });
    expect(packagesOf('llvm-objcopy')).toMatchObject({ apt: 'llvm' });
    expect(packagesOf('rare')).toBeUndefined();
  });

  it('are known for what boots', () => {
    for (const arch of ARCHES) {
      for (const name of [`qemu-system-${arch}`, firmwareName(arch)]) expect(installAdvice(name), name).toHaveLength(4);
    }
    expect(installAdvice(firmwareName('x86_64'))).toEqual([
      'with apt: sudo apt-get install -y ovmf',
      'with dnf: sudo dnf install -y edk2-ovmf',
      'with pacman: sudo pacman -S --needed edk2-ovmf',
      'with brew: brew install qemu',
    ]);
    expect(installAdvice('rare')).toEqual([]);
  });
});
