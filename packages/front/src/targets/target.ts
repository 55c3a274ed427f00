import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { UserError } from '@nx-redox/kit';

/** A target that a call names. */
export interface TheirTarget {
  /** By which cargo names folders and variables: the triple, or the name of the JSON file. */
  name: string;
  /** The specification, if it is not one that rustc has built in. */
  json?: Record<string, unknown>;
  /** Its file. */
  file?: string;
  /** As rustc calls it: aarch64, x86_64, x86, riscv64. */
  arch: string;
  os: 'redox' | 'none' | 'uefi' | 'other';
}

/** rustc's name of an architecture, from a triple. */
function archOf(triple: string): string {
  const name = triple.split('-')[0]!;
  if (/^(i[3-6]86|x86)$/.test(name)) return 'x86';
  return /^riscv(32|64)/.exec(name)?.[0] ?? name;
}

function osOf(triple: string): TheirTarget['os'] {
  const os = /-(redox|uefi|none)(?:-|$)/.exec(triple)?.[1];
  return (os as TheirTarget['os'] | undefined) ?? 'other';
}

let builtIn: ReadonlySet<string> | undefined;

/** Whether rustc has a target's specification itself; it looks for files of that name only if it has not. */
function isBuiltIn(name: string, rustc: string): boolean {
  builtIn ??= new Set(execFileSync(rustc, ['--print', 'target-list'], { encoding: 'utf8' }).split('\n'));
  return builtIn.has(name);
}

/** A specification file that rustc would find by a target's name. */
function onTargetPath(name: string, rustc: string, env: NodeJS.ProcessEnv): string | undefined {
  const file = (env.RUST_TARGET_PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, `${name}.json`))
    .find((file) => existsSync(file));
  return file === undefined || isBuiltIn(name, rustc) ? undefined : file;
}

/**
 * What a target is, by the word after `--target`.
 *
 * @param rustc the compiler itself, which is asked for its own targets.
 * @throws {UserError} if a specification file is missing or damaged.
 */
export function readTarget(
  word: string,
  cwd: string,
  rustc: string,
  env: NodeJS.ProcessEnv = process.env,
): TheirTarget {
  const file = word.endsWith('.json') ? resolve(cwd, word) : onTargetPath(word, rustc, env);
  if (file === undefined) return { name: word, arch: archOf(word), os: osOf(word) };
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      code === 'ENOENT'
        ? 'there is no such target specification'
        : `this target specification is damaged: ${(error as Error).message}`,
      { file, advice: 'correct the `--target` of the call, or the file' },
    );
  }
  const triple = String(json['llvm-target'] ?? '');
  const name = basename(file, '.json');
  const arch = typeof json['arch'] === 'string' ? json['arch'] : archOf(triple);
  const os = json['os'] === undefined || json['os'] === 'unknown' ? 'none' : String(json['os']);
  const known = (['redox', 'none', 'uefi'] as const).find((candidate) => candidate === os);
  return { name, json, file, arch, os: known ?? 'other' };
}
