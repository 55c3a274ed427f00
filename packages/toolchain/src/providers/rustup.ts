import { resolve } from 'node:path';
import { findProgram, run, UserError } from '@nx-redox/kit';
import { craneliftLibrary, locate, type Location } from '../location';
import { NIGHTLY, NIGHTLY_COMPONENTS } from '../pins';
import { lastLine } from '../stable';
import type { Provider } from './provider';

const REACH_MS = 6000;

async function installed(rustup: string, signal?: AbortSignal): Promise<Location | undefined> {
  const which = await run(rustup, ['which', '--toolchain', NIGHTLY, 'rustc'], {
    signal,
    env: { RUSTUP_AUTO_INSTALL: '0' },
  });
  if (which.exitCode !== 0) return undefined;
  const root = resolve(which.stdout.trim(), '../..');
  const location = await locate(root, 'rustup');
  return (await craneliftLibrary(root)) && location.rustSrc ? location : undefined;
}

/** The reason of a failed request; fetch hides it in `cause`. */
function requestError(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

/** rustup itself waits and retries for minutes; this says in seconds that its server does not answer. */
async function checkServer(signal?: AbortSignal): Promise<void> {
  // fetch knows no proxies, so behind one only rustup can tell.
  if (Object.keys(process.env).some((name) => /^(https?|all)_proxy$/i.test(name))) return;
  const server = (process.env.RUSTUP_DIST_SERVER ?? 'https://static.rust-lang.org').replace(/\/+$/, '');
  const url = `${server}/dist/${NIGHTLY.replace('nightly-', '')}/channel-rust-nightly.toml.sha256`;
  const timeout = AbortSignal.timeout(REACH_MS);
  try {
    const response = await fetch(url, {
      method: 'HEAD',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = timeout.aborted ? `no answer for ${REACH_MS / 1000} s` : requestError(error);
    throw new UserError(`rustup's server does not have ${NIGHTLY}: ${url}: ${reason}`);
  }
}

/** Lets rustup install the pinned nightly with both backends and the standard library's source. */
export const fromRustup: Provider = async ({ work }) => {
  const rustup = await findProgram('rustup');
  if (!rustup) throw new UserError('rustup is not installed', { advice: 'install rustup (https://rustup.rs)' });
  const found = await installed(rustup, work.signal);
  if (found) return found;

  await checkServer(work.signal);
  const progress = work.step(`rustup: ${NIGHTLY}`);
  const components = NIGHTLY_COMPONENTS.flatMap((name) => ['--component', name]);
  const result = await run(
    rustup,
    ['toolchain', 'install', NIGHTLY, '--profile', 'minimal', '--no-self-update', ...components],
    {
      signal: work.signal,
      onLine: (line) => progress.update(line),
    },
  );
  const location = result.exitCode === 0 ? await installed(rustup, work.signal) : undefined;
  if (!location) throw new UserError(`rustup could not install ${NIGHTLY}: ${lastLine(result.stderr)}`);
  progress.done('installed');
  return location;
};
