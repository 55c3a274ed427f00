import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseElf, readAr } from '@nx-redox/binary';
import { run, UserError } from '@nx-redox/kit';
import { crateOf } from './crate-of';
import { renameSymbols } from './rename';

const STB_WEAK = 2;
const PREFIX = '__crt_';

/**
 * Makes a start file, such as crt0.o, of a crate's static library: the crate's own object files as one. Cranelift leaves
 * assembly to LLVM and so makes two.
 *
 * Weak definitions are a crate's substitutes for what it needs to compile, a panic handler. A start file is always linked,
 * and for a symbol that is there, even a weak one, linkers look into no library: they get names that nobody asks for.
 *
 * @param archive the static library
 * @param linker path of rust-lld
 * @param file name of the library, for messages
 */
export async function startObject(
  archive: Uint8Array,
  crate: string,
  linker: string,
  file: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const own = readAr(archive, file).filter(({ name }) => crateOf(name) === crate);
  if (own.length === 0) throw new UserError(`there is no code of crate "${crate}" in its static library`, { file });
  const folder = await mkdtemp(join(tmpdir(), 'nx-redox-start-'));
  try {
    const inputs = own.map((_, index) => join(folder, `${index}.o`));
    await Promise.all(own.map(({ bytes }, index) => writeFile(inputs[index]!, bytes)));
    const output = join(folder, 'start.o');
    const linked = await run(linker, ['-flavor', 'gnu', '-r', '-o', output, ...inputs], { signal });
    if (linked.exitCode !== 0) {
      throw new UserError(`rust-lld cannot join the object files of crate "${crate}":\n${linked.stderr.trim()}`, {
        file,
      });
    }
    const elf = parseElf(await readFile(output), `${crate}.o`);
    const weak = new Set(
      elf.symbols().flatMap(({ name, binding, section }) => (binding === STB_WEAK && section !== 0 ? [name] : [])),
    );
    return renameSymbols(elf, (name) => (weak.has(name) ? `${PREFIX}${name}` : undefined));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
