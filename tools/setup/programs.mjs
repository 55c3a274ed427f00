import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fail, runStep } from './step.mjs';

/** Programs that builds and boots call, and the package that holds each of them. */
const PROGRAMS = [
  {
    program: 'qemu-system-aarch64',
    apt: 'qemu-system-arm',
    dnf: 'qemu-system-aarch64-core',
    pacman: 'qemu-system-aarch64',
    brew: 'qemu',
  },
  { program: 'ld.lld', apt: 'lld', dnf: 'lld', pacman: 'lld', brew: 'lld' },
  { program: 'cc', apt: 'gcc libc6-dev', dnf: 'gcc', pacman: 'gcc', brew: 'llvm' },
  { program: 'xz', apt: 'xz-utils', dnf: 'xz', pacman: 'xz', brew: 'xz' },
];

const MANAGERS = {
  apt: 'apt-get install -y',
  dnf: 'dnf install',
  pacman: 'pacman -S',
  brew: 'brew install',
};

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return dir !== '';
    } catch {
      return false;
    }
  });
}

/** The programs that no folder of PATH holds. */
export function missingPrograms() {
  return PROGRAMS.filter(({ program }) => !onPath(program));
}

/** The command that installs the missing programs, for one package manager. */
export function installCommand(missing, manager) {
  const sudo = manager === 'brew' ? '' : 'sudo ';
  return `${sudo}${MANAGERS[manager]} ${missing.map((entry) => entry[manager]).join(' ')}`;
}

/** Installs Debian packages when that is possible without asking; else names the command and ends the setup. */
export async function installPrograms(missing) {
  const names = missing.map(({ program }) => program).join(', ');
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/etc/debian_version')) {
    fail(`missing programs: ${names}`, ...Object.keys(MANAGERS).map((manager) => installCommand(missing, manager)));
  }
  const advice = `install them by hand: ${installCommand(missing, 'apt')}`;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const packages = missing.flatMap(({ apt }) => apt.split(' '));
  await runStep('Debian package lists', 'apt-get', ['update'], { env, advice });
  await runStep(
    `Debian packages ${packages.join(' ')}`,
    'apt-get',
    ['install', '-y', '--no-install-recommends', ...packages],
    { env, advice },
  );
  const still = missingPrograms();
  if (still.length > 0) fail(`still missing: ${still.map(({ program }) => program).join(', ')}`, advice);
}
