import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { run, UserError } from '@nx-redox/common';
import type { PreparedTask } from './command';
import { type ArtifactMessage, isNoise, packageOf, parseMessage } from './messages';

/** Where a build shows what happens. */
export interface Reporter {
  /** A line about what cargo does now; shown as it comes. */
  progress(line: string): void;
  /** Diagnostics and results: what a later replay of the task shows, too. */
  text(text: string): void;
}

/** cargo ended with an error; `compile` if a crate did not compile or link. */
export class CargoError extends UserError {
  constructor(
    readonly reason: 'compile' | 'lock' | 'network' | 'other',
    message: string,
    details: { file: string; advice?: string[] },
  ) {
    super(message, details);
  }
}

// "   Compiling logd v0.1.0 (…)" and the like: cargo's verb is right-aligned to 12 columns.
const PROGRESS =
  /^ *(Blocking|Building|Compiling|Dirty|Downloaded|Downloading|Finished|Fresh|Updating|Adding|Locking|Waiting)\b/;
const NETWORK =
  /spurious network error|failed to download|failed to fetch|download of .* failed|could(?:n't| not) (?:resolve|connect)|attempting to make an HTTP request, but --offline/i;

/**
 * Runs cargo and collects the artefacts that it names.
 *
 * @throws {CargoError} if cargo fails; diagnostics were reported before.
 */
export async function runCargo(
  task: PreparedTask,
  cargo: string,
  args: readonly string[],
  env: Record<string, string | undefined>,
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<ArtifactMessage[]> {
  const artifacts: ArtifactMessage[] = [];
  const failed = new Set<string>();
  const shown = new Set<string>();
  const errors: string[] = [];
  const onLine = (line: string, stream: 'stdout' | 'stderr') => {
    if (stream === 'stderr') {
      const plain = stripVTControlCharacters(line);
      if (/^ *Blocking\b/.test(plain)) {
        reporter.progress(
          `${plain.trim()}: another cargo compiles with the same toolchain and backend; this one goes on when it is done`,
        );
      } else if (PROGRESS.test(plain)) {
        reporter.progress(line);
      } else {
        errors.push(plain);
        reporter.text(`${line}\n`);
      }
      return;
    }
    const message = parseMessage(line);
    if (message?.reason === 'compiler-artifact') {
      artifacts.push(message);
    } else if (message?.reason === 'compiler-message' && !isNoise(message)) {
      const { level, rendered } = message.message;
      if (level === 'error') failed.add(packageOf(message.package_id).name);
      // A crate that is compiled twice, with other features, says everything twice.
      if (rendered !== null && !shown.has(rendered)) reporter.text(rendered);
      if (rendered !== null) shown.add(rendered);
    }
  };
  const result = await run(cargo, args, { cwd: dirname(task.manifestPath), env, signal, onLine });
  if (result.exitCode === 0) return artifacts;
  throw explainFailure(task, [...failed], errors.join('\n'), result.signal);
}

function explainFailure(task: PreparedTask, failed: string[], errors: string, signal?: string): CargoError {
  const file = task.manifestPath.slice(task.workspaceRoot.length + 1);
  if (signal !== undefined) {
    const advice = signal === 'SIGKILL' ? ['the system may have run out of memory: set CARGO_BUILD_JOBS=1'] : [];
    return new CargoError('other', `cargo was ended by ${signal}`, { file, advice });
  }
  if (/because --locked was passed/.test(errors)) {
    return new CargoError('lock', 'Cargo.lock is missing or does not fit this manifest', {
      file,
      advice: [
        `bring it up to date and commit it: cargo update --workspace --manifest-path ${file}`,
        'if you did not change a manifest, take Cargo.lock from where the source comes from',
      ],
    });
  }
  if (failed.length === 0 && NETWORK.test(errors)) {
    return new CargoError('network', 'a crate that is not on this machine yet could not be fetched', {
      file,
      advice: [
        'check the network, and cargo’s proxy and mirror settings (HTTPS_PROXY, [source] in ~/.cargo/config.toml)',
        `or fetch while the network is there: cargo fetch --locked --manifest-path ${file}`,
      ],
    });
  }
  if (failed.length > 0 || /could not compile/.test(errors)) {
    const which = failed.length > 0 ? failed.join(', ') : task.package;
    return new CargoError('compile', `could not compile ${which}: see cargo’s messages above`, { file });
  }
  return new CargoError('other', `cargo failed: see its messages above`, { file });
}
