import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shellQuote, writeFileWhole } from '@nx-redox/kit';

/**
 * Puts a program before the linker that has it write down all files that it reads, beside what it makes
 * (`linkNoteOf`). An argument of rustc would not do: one list for all programs that are linked at the same time.
 *
 * @param lld path of rust-lld. Only its flavour for ELF files can do this.
 * @returns the program, for `-Clinker`.
 */
export async function placeLinker(lld: string, dir: string): Promise<string> {
  const path = join(dir, 'linker');
  const text = `#!/bin/sh
made= previous=
for word do
  case $previous in -o) made=$word ;; esac
  previous=$word
done
case $1,$2,$made in
  *,) ;;
  -flavor,gnu,*) set -- "$@" "--dependency-file=$made.link-deps" ;;
esac
exec ${shellQuote(lld)} "$@"
`;
  // Cargo compiles nothing anew for it, but a program that is written while it is run cannot be.
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await writeFileWhole(path, text, 0o755);
  return path;
}
