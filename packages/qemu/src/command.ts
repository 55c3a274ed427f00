import { UserError, type Arch } from '@nx-redox/common';
import type { MachineOptions } from './options';

interface ArchFacts {
  program: string;
  /** Variable that names another program. */
  variable: string;
  /** Package with the program, for each package manager. */
  packages: Record<'apt' | 'dnf' | 'pacman' | 'brew', string>;
  /** How the guest can hand over an exit code. */
  exit: readonly string[];
}

const FACTS: Partial<Record<Arch, ArchFacts>> = {
  aarch64: {
    program: 'qemu-system-aarch64',
    variable: 'REDOX_QEMU_AARCH64',
    packages: {
      apt: 'sudo apt-get install -y qemu-system-arm',
      dnf: 'sudo dnf install -y qemu-system-aarch64',
      pacman: 'sudo pacman -S --needed qemu-system-aarch64',
      brew: 'brew install qemu',
    },
    // SYS_EXIT_EXTENDED of Arm's semihosting specification.
    exit: ['-semihosting-config', 'enable=on,target=native'],
  },
};

function factsOf(arch: Arch): ArchFacts {
  const facts = FACTS[arch];
  if (!facts) {
    throw new UserError(`direct boot knows no machine for ${arch}`, {
      advice: `use one of: ${Object.keys(FACTS).join(', ')}`,
    });
  }
  return facts;
}

/** The QEMU program for an architecture: `REDOX_QEMU_<ARCH>` if set, else by its usual name from PATH. */
export function qemuProgram(arch: Arch): string {
  const { program, variable } = factsOf(arch);
  return process.env[variable] || program;
}

/** The error for a QEMU that is not there. */
export function qemuMissing(arch: Arch, reason: string): UserError {
  const { program, variable, packages } = factsOf(arch);
  const given = process.env[variable];
  if (given) {
    return new UserError(`cannot run ${given}, which ${variable} names: ${reason}`, {
      advice: `correct ${variable}, or unset it to use ${program} from PATH`,
    });
  }
  return new UserError(`cannot run ${program}: ${reason}`, {
    advice: [
      ...Object.entries(packages).map(([manager, command]) => `with ${manager}: ${command}`),
      `or name a program with ${variable}=/path/to/${program}`,
    ],
  });
}

/** Who reads the serial line: the user's terminal, or us (standard output; QMP on file descriptor 3). */
export type Console = 'terminal' | 'captured';

/**
 * The command that boots a system directly: program and arguments.
 * @param files what QEMU loads, relative to the folder that it is started in
 */
export function qemuCommand(
  options: Pick<MachineOptions, 'arch' | 'qemu'>,
  files: { kernel: string; initrd?: string },
  console: Console,
): [program: string, ...args: string[]] {
  const { machine, cpu, memory, args } = options.qemu;
  return [
    qemuProgram(options.arch),
    ...['-M', machine, '-cpu', cpu, '-m', String(memory), '-smp', '1'],
    // Without -nodefaults there is a network card, which needs a ROM file that not every package brings.
    ...['-nodefaults', '-display', 'none'],
    ...(console === 'terminal'
      ? ['-serial', 'mon:stdio']
      : [
          ...['-chardev', 'stdio,id=serial,signal=off', '-serial', 'chardev:serial'],
          ...['-chardev', 'socket,id=qmp,fd=3', '-mon', 'chardev=qmp,mode=control'],
        ]),
    ...factsOf(options.arch).exit,
    '-no-reboot',
    ...['-kernel', files.kernel],
    ...(files.initrd === undefined ? [] : ['-initrd', files.initrd]),
    ...args,
  ];
}

/** The command as one line for a POSIX shell. */
export function formatCommand(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
