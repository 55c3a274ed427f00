import { join, resolve } from 'node:path';
import { findProgram, run, UserError } from '@nx-redox/kit';
import { RUST, RUST_VERSION_STRING } from './pins';
import type { Work } from './progress';

/** An unmodified stable Rust of the pinned version: cargo, rust-lld, the host's standard library, LLVM. */
export interface StableRust {
  /** Its sysroot. Nothing in it is ever changed. */
  root: string;
  /** Target triple of this machine. */
  host: string;
}

const ADVICE = [
  `with rustup: rustup toolchain install ${RUST.version} --profile minimal`,
  `without: unpack the official release of Rust ${RUST.version} anywhere and set REDOX_RUST_STABLE to its folder (the one with bin/rustc)`,
];

/** `rustc -vV` as a table, plus its first line under `version`; undefined if it does not run. */
export async function rustcVersion(rustc: string, signal?: AbortSignal): Promise<Record<string, string> | undefined> {
  const result = await run(rustc, ['-vV'], { signal }).catch((error: unknown) => {
    if (error instanceof UserError && !signal?.aborted) return undefined;
    throw error;
  });
  if (!result || result.exitCode !== 0) return undefined;
  const [first = '', ...rest] = result.stdout.trim().split('\n');
  return {
    version: first.replace(/^rustc /, ''),
    ...Object.fromEntries(rest.map((line) => line.split(': ', 2) as [string, string])),
  };
}

async function stableAt(root: string, signal?: AbortSignal): Promise<StableRust | undefined> {
  const version = await rustcVersion(join(root, 'bin/rustc'), signal);
  return version?.version === RUST_VERSION_STRING && version.host ? { root, host: version.host } : undefined;
}

async function firstLine(command: string, args: string[], signal?: AbortSignal): Promise<string | undefined> {
  // Without this rustup would download a missing toolchain in silence.
  const result = await run(command, args, { signal, env: { RUSTUP_AUTO_INSTALL: '0' } });
  return result.exitCode === 0 ? result.stdout.split('\n', 1)[0]?.trim() : undefined;
}

/**
 * Finds the stable release that the Cranelift half is completed with: the folder given (option or
 * `REDOX_RUST_STABLE`), rustup's toolchain of that version, the rustc on PATH. If there is none and
 * rustup is there, it is asked to install it.
 *
 * @throws {UserError} if the given folder holds another version, or none is found.
 */
export async function findStable(
  explicit: string | undefined,
  work: Work,
  env: NodeJS.ProcessEnv = process.env,
): Promise<StableRust> {
  const given = explicit ?? env.REDOX_RUST_STABLE;
  if (given) {
    const found = await stableAt(resolve(given), work.signal);
    if (found) return found;
    const version = await rustcVersion(join(resolve(given), 'bin/rustc'), work.signal);
    throw new UserError(
      `${given} should hold rustc ${RUST_VERSION_STRING}, but ${version ? `holds rustc ${version.version}` : 'has no bin/rustc that runs'}`,
      { advice: ADVICE },
    );
  }

  const rustup = await findProgram('rustup', env);
  const installed = async () => {
    const rustc = rustup && (await firstLine(rustup, ['which', '--toolchain', RUST.version, 'rustc'], work.signal));
    return rustc ? stableAt(resolve(rustc, '../..'), work.signal) : undefined;
  };
  const fromRustup = await installed();
  if (fromRustup) return fromRustup;

  const onPath = await findProgram('rustc', env);
  const sysroot = onPath && (await firstLine(onPath, ['--print', 'sysroot'], work.signal));
  const fromPath = sysroot ? await stableAt(sysroot, work.signal) : undefined;
  if (fromPath) return fromPath;

  let reason = 'rustup is not installed';
  if (rustup) {
    const progress = work.step(`rustup: Rust ${RUST.version}`);
    const result = await run(
      rustup,
      ['toolchain', 'install', RUST.version, '--profile', 'minimal', '--no-self-update'],
      {
        signal: work.signal,
        onLine: (line) => progress.update(line),
      },
    );
    const added = await installed();
    if (added) {
      progress.done('installed');
      return added;
    }
    reason = `rustup could not install it: ${lastLine(result.stderr)}`;
  }
  throw new UserError(
    `no stable Rust ${RUST.version} was found, which the Cranelift half is completed with; ${reason}`,
    {
      advice: ADVICE,
    },
  );
}

/** The last line of a program's output that says something. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
