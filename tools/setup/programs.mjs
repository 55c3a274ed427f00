import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fail, runStep } from './step.mjs';

const TABLE = new URL('../../packages/kit/src/os-package-table.json', import.meta.url);
const PACKAGES = JSON.parse(readFileSync(TABLE, 'utf8'));

/** What builds and boots call; names as in packages/kit/src/os-package-table.json. */
const PROGRAMS = ['qemu-system-aarch64', 'ld.lld', 'cc', 'xz'].map((program) => ({ program }));

/** What boots by UEFI need, too. Firmware is a file, not a program: a few of the places in packages/qemu/src/firmware.ts. */
const UEFI = [
  {
    program: 'firmware-aarch64',
    files: [
      '/usr/share/AAVMF/AAVMF_CODE.fd',
      '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd',
      '/usr/share/edk2/aarch64/QEMU_EFI.fd',
      '/opt/homebrew/share/qemu/edk2-aarch64-code.fd',
    ],
  },
  { program: 'qemu-system-x86_64' },
  {
    program: 'firmware-x86_64',
    files: [
      '/usr/share/OVMF/OVMF_CODE_4M.fd',
      '/usr/share/OVMF/OVMF_CODE.fd',
      '/usr/share/edk2/ovmf/OVMF_CODE.fd',
      '/usr/share/edk2/x64/OVMF_CODE.4m.fd',
      '/opt/homebrew/share/qemu/edk2-x86_64-code.fd',
    ],
  },
];

/** What tests read disks with. */
const DISK_READERS = ['fsck.fat', 'mcopy', 'sgdisk'].map((program) => ({ program }));
/** Where Debian puts programs that plain users have no PATH to. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

const MANAGERS = {
  apt: 'apt-get install -y',
  dnf: 'dnf install',
  pacman: 'pacman -S',
  brew: 'brew install',
};

/** The package that holds a program. */
function packageOf({ program }, manager) {
  const found = PACKAGES[program];
  return typeof found === 'string' ? found : found[manager];
}

/** Whether a folder of PATH holds a program. */
export function onPath(program, env = process.env) {
  return [...(env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS].some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return dir !== '';
    } catch {
      return false;
    }
  });
}

const isThere = ({ program, files }) =>
  files === undefined ? onPath(program) : files.some((file) => existsSync(file));

/** The programs that no folder of PATH holds; with `uefi` also what boots from a disk and tests of disks need. */
export function missingPrograms(uefi = false) {
  return [...PROGRAMS, ...(uefi ? [...UEFI, ...DISK_READERS] : [])].filter((entry) => !isThere(entry));
}

/** The command that installs the missing programs, for one package manager. */
export function installCommand(missing, manager) {
  const sudo = manager === 'brew' ? '' : 'sudo ';
  return `${sudo}${MANAGERS[manager]} ${[...new Set(missing.map((entry) => packageOf(entry, manager)))].join(' ')}`;
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
  const packages = missing.flatMap((entry) => packageOf(entry, 'apt').split(' '));
  await runStep('Debian package lists', 'apt-get', ['update'], { env, advice });
  await runStep(
    `Debian packages ${packages.join(' ')}`,
    'apt-get',
    ['install', '-y', '--no-install-recommends', ...packages],
    { env, advice },
  );
  const still = missing.filter((entry) => !isThere(entry));
  if (still.length > 0) fail(`still missing: ${still.map(({ program }) => program).join(', ')}`, advice);
}
