import { basename } from 'node:path';

/** How programs say that another one is missing. */
const PATTERNS = [
  // bash, stand-ins such as pyenv's, make, dash, the cc crate, CMake, env.
  /: line \d+: (\S+): (?:command not found|No such file or directory)$/,
  /^\w+: (\S+): command not found$/,
  /^make(?:\[\d+\])?: (\S+): (?:Command not found|No such file or directory)$/,
  /: (?:line )?\d+: (\S+): not found$/,
  /failed to find tool "([^"]+)"/,
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

const PACKAGES: Readonly<Record<string, string>> = {
  aclocal: 'automake',
  autoreconf: 'autoconf, automake and libtool',
  libtoolize: 'libtool',
  ninja: 'ninja (Debian: ninja-build)',
  'pkg-config': 'pkg-config or pkgconf',
};

/** What to do about a missing program. */
export function toolAdvice(tool: string, gnuTarget: string): string {
  if (tool.startsWith(`${gnuTarget}-`)) {
    return `${tool} is part of the C toolchain for Redox: build that with Redox's build system (make prefix ARCH=${gnuTarget.split('-')[0]}) and put its folder prefix/${gnuTarget}/sysroot/bin on PATH`;
  }
  const [python] = /^python3[.\d]*$/.exec(tool) ?? [];
  if (python !== undefined) {
    return `install ${python} with pip, or set COOKBOOK_PYTHON_V in the script to the version that is there`;
  }
  return `install ${PACKAGES[tool] ?? tool}, and see that \`${tool}\` is on PATH`;
}
