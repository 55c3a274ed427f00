import { type Arch, installAdvice, UserError } from '@nx-redox/kit';
import { ARCH_FACTS } from './machine';

/** The QEMU program for an architecture: `REDOX_QEMU_<ARCH>` if set, else by its usual name from PATH. */
export function qemuProgram(arch: Arch): string {
  const { program, variable } = ARCH_FACTS[arch];
  return process.env[variable] || program;
}

/** The error for a QEMU that is not there. */
export function qemuMissing(arch: Arch, reason: string): UserError {
  const { program, variable } = ARCH_FACTS[arch];
  const given = process.env[variable];
  if (given) {
    return new UserError(`cannot run ${given}, which ${variable} names: ${reason}`, {
      advice: `correct ${variable}, or unset it to use ${program} from PATH`,
    });
  }
  return new UserError(`cannot run ${program}: ${reason}`, {
    advice: [...installAdvice(program), `or name a program with ${variable}=/path/to/${program}`],
  });
}
