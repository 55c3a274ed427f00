import { demangle, fpInstructions, MACHINES } from '@nx-redox/binary';
import type { Rule } from './rule';

const MAX_NAMES = 5;
// Conversions and arithmetic that compiler_builtins has for every target; nothing in a kernel calls them.
const BUILTINS = /compiler_builtins|^__[a-z]+[sdthx]f[a-z0-9]*$/;

/** What the instructions do. */
export const codeRules: readonly Rule[] = [
  {
    id: 'kernel-fp',
    kinds: ['kernel'],
    severity: 'info',
    reason:
      "A kernel that uses the FP and SIMD registers without saving them changes the running program's numbers; before they " +
      'are switched on (CPACR_EL1), its first such instruction is an exception.',
    fix: 'build the kernel for a spec without "+neon" and "+fp-armv8", or keep these functions to saving and restoring the registers',
    *check(elf) {
      if (elf.machine !== MACHINES.aarch64 || elf.bits !== 64) return;
      const uses = fpInstructions(elf).filter(({ name }) => !BUILTINS.test(name));
      const count = uses.reduce((sum, use) => sum + use.count, 0);
      if (count === 0) return;
      const names = uses.slice(0, MAX_NAMES).map((use) => `${demangle(use.name)} (${use.count})`);
      const more = uses.length > MAX_NAMES ? ` and ${uses.length - MAX_NAMES} more` : '';
      yield `${count} FP or SIMD instructions in ${names.join(', ')}${more}`;
    },
  },
];
