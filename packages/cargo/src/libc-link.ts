import { createHash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type CodegenUnit, ET_REL, isAr, isElf, parseElf, readAr, unitOf } from '@nx-redox/binary';
import { AsBuilt, UserError } from '@nx-redox/kit';
import type { CompileSettings } from './settings';

/** The C library that a program is linked with. */
export interface LinkedLibc {
  /** Of the content of its files. */
  hash: string;
  /**
   * Its codegen units, by name: another backend than the program's may have made them. Who asks first waits for them.
   *
   * @throws {UserError} if an object of it is damaged.
   */
  readonly units: ReadonlyMap<string, CodegenUnit>;
}

const NEEDED = ['libc.a', 'crt0.o', 'crti.o', 'crtn.o'];

/**
 * Reads the C library that the task's program is linked with.
 *
 * @throws {UserError} if a file that is needed is missing, or is not what was built.
 */
export async function readLibc(
  task: Pick<CompileSettings, 'libcDir' | 'workspaceRoot' | 'project'>,
): Promise<LinkedLibc | undefined> {
  const { libcDir, workspaceRoot } = task;
  if (libcDir === undefined) return undefined;
  const names = (await readdir(libcDir).catch((): string[] => [])).filter((name) => /\.(a|o)$/.test(name)).sort();
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UserError(`the C library that ${task.project} is linked with lacks ${missing.join(', ')}`, {
      file: relative(workspaceRoot, libcDir),
      advice: 'build the recipe that `libc` of the spec names in system.toml',
    });
  }
  const hash = createHash('sha256');
  const files = new Map<string, Uint8Array>();
  const built = new AsBuilt(workspaceRoot);
  for (const name of names) {
    // Of a link, which relibc has, what it leads to.
    await built.check(await realpath(join(libcDir, name)));
    const bytes = await readFile(join(libcDir, name));
    hash.update(`${name} ${bytes.length}\n`).update(bytes);
    files.set(relative(workspaceRoot, join(libcDir, name)), bytes);
  }
  let units: ReadonlyMap<string, CodegenUnit> | undefined;
  return {
    hash: hash.digest('hex').slice(0, 16),
    get units() {
      return (units ??= new Map([...files].flatMap(([file, bytes]) => unitsOf(bytes, file))));
    },
  };
}

/** Objects of an archive, or an object, by the name that they keep in a linked file: rustc calls its codegen units source files. */
function unitsOf(bytes: Uint8Array, file: string): [string, CodegenUnit][] {
  const members = isAr(bytes) ? readAr(bytes, file) : [{ name: file, bytes }];
  return members.flatMap((member): [string, CodegenUnit][] => {
    if (!isElf(member.bytes)) return [];
    const elf = parseElf(member.bytes, `${file}(${member.name})`);
    if (elf.type !== ET_REL) return [];
    const unit = unitOf(elf, member.name);
    return elf.sourceFiles().map((name) => [name, unit]);
  });
}

/** Flags that link a program with the C library: its start file before everything, its end file after everything. */
export function libcFlags({ hash }: LinkedLibc): string[] {
  return [
    ...['crt0.o', 'crti.o'].map((name) => `-Zpre-link-arg=-l:${name}`),
    '-Clink-arg=-l:crtn.o',
    // Cargo does not watch libraries: a program for another one is another program.
    `-Cmetadata=libc-${hash}`,
  ];
}
