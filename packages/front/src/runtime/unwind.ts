import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseElf } from '@nx-redox/binary';
import { run, UserError } from '@nx-redox/kit';
import { type NewMember } from './archive';
/** What the crate is called that stands in for libgcc. */
export const UNWIND_CRATE = 'unwind_stubs';

const SOURCE = join(__dirname, '../../src/runtime/unwind.rs');
const STB_LOCAL = 0;

/** How to compile a crate for the target. */
export interface Compiler {
  env: Readonly<Record<string, string | undefined>>;
  /** With the backend and the sysroot. */
  rustflags: readonly string[];
  target: string;
  /** Folder of the target specification. */
  specDir: string;
}

/**
 * Compiles what stands in for libgcc's unwinder.
 *
 * @throws {UserError} if it does not compile.
 */
export async function compileUnwind(
  { env, rustflags, target, specDir }: Compiler,
  signal?: AbortSignal,
): Promise<NewMember> {
  const { RUSTC: rustc } = env;
  if (rustc === undefined) throw new Error('the toolchain names no compiler');
  const folder = await mkdtemp(join(tmpdir(), 'nx-redox-unwind-'));
  try {
    const output = join(folder, `${UNWIND_CRATE}.o`);
    const result = await run(
      rustc,
      [
        ...['--edition=2024', `--crate-name=${UNWIND_CRATE}`, '--crate-type=rlib', `--target=${target}`],
        ...['-Copt-level=3', '-Ccodegen-units=1', '-Cpanic=abort'],
        ...rustflags,
        `--emit=obj=${output}`,
        SOURCE,
      ],
      { env: { ...env, RUST_TARGET_PATH: specDir }, signal },
    );
    if (result.exitCode !== 0) {
      throw new UserError(`the stand-in for libgcc does not compile:\n${result.stderr.trim()}`, {
        advice: 'take a toolchain that `npx nx run toolchain:doctor` finds in order',
      });
    }
    const bytes = await readFile(output);
    const defined = parseElf(bytes, output)
      .symbols()
      .filter(({ name, binding, section }) => name !== '' && binding !== STB_LOCAL && section !== 0);
    return { name: `${UNWIND_CRATE}.o`, bytes, defines: defined.map(({ name }) => name) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
