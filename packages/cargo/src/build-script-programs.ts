import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { type Arch, UserError } from '@nx-redox/kit';
import { findProgram } from '@nx-redox/kit';
import type { CompileSettings } from './settings';

/** Programs that build scripts of Redox's components start, and how to get them. */
const PROGRAMS: readonly { name: string; arches: readonly Arch[]; advice: string }[] = [
  {
    name: 'nasm',
    arches: ['x86_64'],
    advice: 'install nasm (Debian, Fedora, Arch, brew: nasm), and see that it is on PATH',
  },
];

/**
 * Makes sure that the programs which a build script starts are there: it would say so only after minutes, in a panic.
 *
 * @throws {UserError} naming the program.
 */
export async function requireBuildScriptPrograms(
  task: CompileSettings,
  script: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const text = await readFile(script, 'utf8').catch(() => '');
  for (const { name, arches, advice } of PROGRAMS) {
    if (!arches.includes(task.arch) || !text.includes(`Command::new("${name}")`)) continue;
    if ((await findProgram(name, env)) !== undefined) continue;
    throw new UserError(`the build script of ${task.project} needs ${name}, which is not installed`, {
      file: relative(task.workspaceRoot, script),
      advice,
    });
  }
}
