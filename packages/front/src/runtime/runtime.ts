import { existsSync } from 'node:fs';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceDirectory, UserError, withMutex } from '@nx-redox/kit';
import { rustcSettings } from '@nx-redox/toolchain';
import type { FrontSettings } from '../settings';
import type { PreparedSysroot } from '../targets/sysroot';
import { writeArchive } from './archive';
import { compileUnwind } from './unwind';

/** Libraries that programs name and a C library has all of; its own come first where it installs them. */
const EMPTY = ['libdl.a', 'libm.a', 'libpthread.a', 'librt.a'];
/** What the standard library's crate `unwind` links: the first for static programs, the second for dynamic ones. */
const UNWINDERS = ['libgcc_eh.a', 'libgcc_s.a'];

/**
 * A folder with what takes the place of GCC's own libraries: compiler_builtins as libgcc.a, an unwinder that ends at
 * once, and empty libraries.
 *
 * @throws {UserError} if the unwinder does not compile.
 */
export async function runtimeFor(
  { rust }: Pick<FrontSettings, 'rust'>,
  { dir, target, backend }: Pick<PreparedSysroot, 'dir' | 'target' | 'backend'>,
): Promise<string> {
  const folder = join(dir, 'runtime');
  if (existsSync(folder)) return folder;
  await withMutex(`${dir}.runtime.lock`, {}, async () => {
    if (existsSync(folder)) return;
    const library = join(dir, 'sysroot/lib/rustlib', target, 'lib');
    const builtins = (await readdir(library)).find((name) => /^libcompiler_builtins(-.*)?\.rlib$/.test(name));
    if (builtins === undefined)
      throw new UserError('this standard library has no compiler_builtins', { file: library });
    const { env, rustflags } = rustcSettings(rust.location, backend);
    const flags = [...rustflags, `--sysroot=${join(dir, 'sysroot')}`];
    const unwind = await compileUnwind({ env, rustflags: flags, target, specDir: dir });
    await replaceDirectory(folder, async (temporary) => {
      await copyFile(join(library, builtins), join(temporary, 'libgcc.a'));
      for (const name of UNWINDERS) await writeFile(join(temporary, name), writeArchive([unwind]));
      for (const name of EMPTY) await writeFile(join(temporary, name), writeArchive([]));
    });
  });
  return folder;
}
