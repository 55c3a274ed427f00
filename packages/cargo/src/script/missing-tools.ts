import { basename } from 'node:path';
import { packagesOf } from '@nx-redox/kit';

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

/** What to do about a missing program. */
export function toolAdvice(tool: string, gnuTarget: string): string {
  if (tool.startsWith(`${gnuTarget}-`)) {
    return `${tool} is part of the C toolchain for Redox: build that with Redox's build system (make prefix ARCH=${gnuTarget.split('-')[0]}), which leaves it in prefix/${gnuTarget}`;
  }
  const [python] = /^python3\.[.\d]*$/.exec(tool) ?? [];
  if (python !== undefined) {
    return `install ${python} with pip, or set COOKBOOK_PYTHON_V in the script to the version that is there`;
  }
  const found = packagesOf(tool);
  if (found === undefined) return `install ${tool}, and see that \`${tool}\` is on PATH`;
  const { apt, dnf, pacman, brew } = found;
  return `install ${tool}: apt install ${apt} (Debian, Ubuntu), dnf install ${dnf} (Fedora), pacman -S ${pacman} (Arch), brew install ${brew} (macOS)`;
}
