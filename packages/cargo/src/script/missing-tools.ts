import { basename } from 'node:path';

/** How programs say that another one is missing. */
const PATTERNS = [
  // bash, stand-ins such as pyenv's, make, dash, the cc crate, CMake, env.
  /: line \d+: (\S+): (?:command not found|No such file or directory)$/,
  /^\w+: (\S+): command not found$/,
  /^make(?:\[\d+\])?: (\S+): (?:Command not found|No such file or directory)$/,
  /: (?:line )?\d+: (\S+): not found$/,
  /failed to find tool "([^"]+)"/,
  // A build script of cargo: `failed to run nasm: Os { code: 2, kind: NotFound, … }`.
  /[Ff]ailed to (?:run|execute|start|spawn|invoke)(?: command)? [`'"]?([\w.+-]+)[`'"]?: Os \{ code: 2\b/,
  /^ *([\w.+-]+)$(?=\n+ *is not a full path and was not found in the PATH)/m,
  /^env: [‘'"]?([\w./+-]+)[’'"]?: No such file or directory$/,
];

/** Programs that a script wanted and did not find, from its output. */
export function toolsMissedIn(lines: readonly string[]): string[] {
  const text = lines.join('\n');
  const found = PATTERNS.flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern, 'gm'))].map(([, tool]) => basename(tool!)),
  );
  return [...new Set(found)];
}

/** The package that has a program, by distribution. */
interface Package {
  debian: string;
  fedora: string;
  arch: string;
  brew: string;
}

const everywhere = (name: string): Package => ({ debian: name, fedora: name, arch: name, brew: name });

const PACKAGES: Readonly<Record<string, Package>> = {
  aclocal: everywhere('automake'),
  automake: everywhere('automake'),
  autoconf: everywhere('autoconf'),
  autoreconf: everywhere('autoconf automake libtool'),
  bison: everywhere('bison'),
  clang: { debian: 'clang', fedora: 'clang', arch: 'clang', brew: 'llvm' },
  cmake: everywhere('cmake'),
  flex: everywhere('flex'),
  gawk: everywhere('gawk'),
  gettext: everywhere('gettext'),
  git: everywhere('git'),
  gperf: everywhere('gperf'),
  help2man: everywhere('help2man'),
  libtoolize: everywhere('libtool'),
  m4: everywhere('m4'),
  make: { debian: 'make', fedora: 'make', arch: 'make', brew: 'make' },
  meson: everywhere('meson'),
  msgfmt: everywhere('gettext'),
  nasm: everywhere('nasm'),
  ninja: { debian: 'ninja-build', fedora: 'ninja-build', arch: 'ninja', brew: 'ninja' },
  patch: { debian: 'patch', fedora: 'patch', arch: 'patch', brew: 'gpatch' },
  perl: everywhere('perl'),
  'pkg-config': { debian: 'pkg-config', fedora: 'pkgconf-pkg-config', arch: 'pkgconf', brew: 'pkgconf' },
  po4a: everywhere('po4a'),
  python3: { debian: 'python3', fedora: 'python3', arch: 'python', brew: 'python' },
  rsync: everywhere('rsync'),
  scons: everywhere('scons'),
  texi2any: everywhere('texinfo'),
  makeinfo: everywhere('texinfo'),
  unzip: everywhere('unzip'),
  wget: everywhere('wget'),
  xxd: { debian: 'xxd', fedora: 'vim-common', arch: 'xxd-standalone', brew: 'vim' },
  zip: everywhere('zip'),
  zstd: everywhere('zstd'),
};

/** The package that has a program, as far as it is known. */
function packageOf(tool: string): Package | undefined {
  if (tool.startsWith('llvm-')) return { debian: 'llvm', fedora: 'llvm', arch: 'llvm', brew: 'llvm' };
  return PACKAGES[tool];
}

/** What to do about a missing program. */
export function toolAdvice(tool: string, gnuTarget: string): string {
  if (tool.startsWith(`${gnuTarget}-`)) {
    return `${tool} is part of the C toolchain for Redox: build that with Redox's build system (make prefix ARCH=${gnuTarget.split('-')[0]}), which leaves it in prefix/${gnuTarget}`;
  }
  const [python] = /^python3\.[.\d]*$/.exec(tool) ?? [];
  if (python !== undefined) {
    return `install ${python} with pip, or set COOKBOOK_PYTHON_V in the script to the version that is there`;
  }
  const found = packageOf(tool);
  if (found === undefined) return `install ${tool}, and see that \`${tool}\` is on PATH`;
  const { debian, fedora, arch, brew } = found;
  return `install ${tool}: apt install ${debian} (Debian, Ubuntu), dnf install ${fedora} (Fedora), pacman -S ${arch} (Arch), brew install ${brew} (macOS)`;
}
