import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fail, runStep } from './step.mjs';

const read = (path) => JSON.parse(readFileSync(new URL(`../../packages/${path}`, import.meta.url), 'utf8'));

const { managers: MANAGERS, programs: PACKAGES } = read('kit/src/os-package-table.json');
const FIRMWARE = read('qemu/src/firmware-places.json');

/** What builds and boots call; names as in packages/kit/src/os-package-table.json. */
const PROGRAMS = ['qemu-system-aarch64', 'ld.lld', 'cc', 'xz'];

/** What boots by UEFI need, too. */
const UEFI = ['firmware-aarch64', 'qemu-system-x86_64', 'firmware-x86_64'];

/** What tests read disks with, and what the recipes in them are built with. */
const FOR_TESTS = ['fsck.fat', 'mcopy', 'sgdisk', 'make', 'cmake', 'ninja', 'clang'];
/** Where Debian puts programs that plain users have no PATH to. */
const SYSTEM_FOLDERS = '/usr/sbin:/sbin';
/** Where QEMU's own files are: of distributions, of Homebrew, of those who build it. */
const QEMU_FILES = ['/usr/share/qemu', '/opt/homebrew/share/qemu', '/usr/local/share/qemu'];

/** The package that holds a program. */
function packageOf(program, manager) {
  const found = PACKAGES[program];
  return typeof found === 'string' ? found : found[manager];
}

/** Whether a shell finds a program. */
export function onPath(program, env = process.env) {
  const PATH = [env.PATH, SYSTEM_FOLDERS].join(':');
  return spawnSync('/bin/sh', ['-c', 'command -v "$0"', program], { env: { ...env, PATH } }).status === 0;
}

/** Firmware is a file, not a program. */
function isThere(name) {
  const arch = /^firmware-(.+)/.exec(name)?.[1];
  if (arch === undefined) return onPath(name);
  const { variable, places, bundled } = FIRMWARE[arch];
  if (process.env[variable]) return true;
  return [...places, ...QEMU_FILES.map((folder) => `${folder}/${bundled}`)].some((file) => existsSync(file));
}

/** The programs that no folder of PATH holds; with `uefi` also what boots from a disk and tests need. */
export function missingPrograms(uefi = false) {
  return [...PROGRAMS, ...(uefi ? [...UEFI, ...FOR_TESTS] : [])].filter((name) => !isThere(name));
}

/** The command that installs the missing programs, for one package manager. */
function installCommand(missing, manager) {
  return `${MANAGERS[manager]} ${[...new Set(missing.map((name) => packageOf(name, manager)))].join(' ')}`;
}

/** Installs Debian packages when that is possible without asking; else names the command and ends the setup. */
export async function installPrograms(missing) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/etc/debian_version')) {
    fail(
      `missing programs: ${missing.join(', ')}`,
      ...Object.keys(MANAGERS).map((manager) => installCommand(missing, manager)),
    );
  }
  const advice = `install them by hand: ${installCommand(missing, 'apt')}`;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const packages = missing.flatMap((name) => packageOf(name, 'apt').split(' '));
  await runStep('Debian package lists', 'apt-get', ['update'], { env, advice });
  await runStep(
    `Debian packages ${packages.join(' ')}`,
    'apt-get',
    ['install', '-y', '--no-install-recommends', ...packages],
    { env, advice },
  );
  const still = missing.filter((name) => !isThere(name));
  if (still.length > 0) fail(`still missing: ${still.join(', ')}`, advice);
}
