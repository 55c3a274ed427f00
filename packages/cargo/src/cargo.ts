import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { redact, run, UserError } from '@nx-redox/kit';
import type { PreparedTask } from './command';
import { type ArtifactMessage, isNoise, packageOf, parseMessage, type ScriptMessage } from './messages';

/** Where a build shows what happens. */
export interface Reporter {
  /** A line about what cargo does now; shown as it comes. */
  progress(line: string): void;
  /** Diagnostics and results: what a later replay of the task shows, too. */
  text(text: string): void;
}

/** What a run of cargo has named. */
export interface CargoRun {
  artifacts: ArtifactMessage[];
  /** Build scripts that ran, now or before. */
  scripts: ScriptMessage[];
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
  /^ *(Blocking|Building|Compiling|Dirty|Downloaded|Downloading|Fresh|Updating|Adding|Locking|Waiting)\b/;
const NETWORK =
  /spurious network error|failed to download|failed to fetch|download of .* failed|could(?:n't| not) (?:resolve|connect)|attempting to make an HTTP request, but --offline/i;

/**
 * Runs cargo and collects what it names.
 *
 * @throws {CargoError} if cargo fails; diagnostics of crates were reported before.
 */
export async function runCargo(
  task: PreparedTask,
  cargo: string,
  args: readonly string[],
  env: Record<string, string | undefined>,
  reporter: Reporter,
  signal?: AbortSignal,
): Promise<CargoRun> {
  const artifacts: ArtifactMessage[] = [];
  const scripts: ScriptMessage[] = [];
  const failed = new Set<string>();
  const shown = new Set<string>();
  const remarks: string[] = [];
  const onProgressOrRemark = (line: string) => {
    const plain = stripVTControlCharacters(line);
    if (/^ *Finished\b/.test(plain)) return;
    if (/^ *Blocking\b/.test(plain)) {
      reporter.progress(`${line}: another cargo has it, this one goes on as soon as that is done`);
    } else if (PROGRESS.test(plain)) {
      reporter.progress(line);
    } else {
      remarks.push(line);
    }
  };
  const onMessage = (line: string) => {
    const message = parseMessage(line);
    if (message?.reason === 'compiler-artifact') {
      artifacts.push(message);
    } else if (message?.reason === 'build-script-executed') {
      scripts.push(message);
    } else if (message?.reason === 'compiler-message' && !isNoise(message)) {
      const { level, rendered } = message.message;
      if (level === 'error') failed.add(packageOf(message.package_id).name);
      // A crate that is compiled twice, with other features, says everything twice.
      if (rendered === null || shown.has(rendered)) return;
      shown.add(rendered);
      reporter.text(withOwnNames(task, rendered));
    }
  };
  const result = await run(cargo, args, {
    cwd: task.cargoRoot,
    env,
    signal,
    onLine: (line, stream) => (stream === 'stdout' ? onMessage(line) : onProgressOrRemark(line)),
  });
  const said = redact(remarks.join('\n').trim());
  if (result.exitCode !== 0) throw explainFailure(task, [...failed], said, result.signal);
  if (said !== '') reporter.text(`${said}\n`);
  return { artifacts, scripts };
}

/**
 * Names files as the user knows them: the linker names the copy of the linker script, and rustc a file outside the Cargo
 * workspace by the name that compiled programs get.
 */
function withOwnNames({ placedScript, linkerScript, workspaceRoot }: PreparedTask, text: string): string {
  const named = text.replace(/^(\W*-->|\W*:::) \/workspace\//gm, '$1 ');
  return placedScript && linkerScript ? named.replaceAll(placedScript, relative(workspaceRoot, linkerScript)) : named;
}

/** What to tell about a cargo run that failed. */
export function explainFailure(
  task: Pick<PreparedTask, 'workspaceRoot' | 'manifestPath'>,
  failed: string[],
  said: string,
  signal?: string,
): CargoError {
  const file = relative(task.workspaceRoot, task.manifestPath);
  const plain = stripVTControlCharacters(said);
  const cargoSaid = said === '' ? '' : `:\n${said}`;
  if (signal !== undefined) {
    const advice = signal === 'SIGKILL' ? ['the system may have run out of memory: set CARGO_BUILD_JOBS=1'] : [];
    return new CargoError('other', `cargo was ended by ${signal}${cargoSaid}`, { file, advice });
  }
  if (/because --locked was passed/.test(plain)) {
    return new CargoError('lock', 'Cargo.lock is missing or does not fit this manifest', {
      file,
      advice: [
        `bring it up to date and commit it: cargo update --workspace --manifest-path ${file}`,
        'if you did not change a manifest, take Cargo.lock from where the source comes from',
      ],
    });
  }
  const repository = /unable to update ((?!registry)[a-z][\w+.-]*:\/\/[^\s?#]+)/.exec(plain)?.[1];
  if (failed.length === 0 && repository !== undefined) {
    const crate = /failed to get `([^`]+)` as a dependency/.exec(plain)?.[1];
    // Git's own words, which cargo's attempts repeat; without them, cargo's last ones.
    const reason = /^fatal: (.*)$/m.exec(plain)?.[1] ?? plain.trimEnd().split('\n').at(-1)!.trim();
    const what = crate === undefined ? 'a git repository' : `crate "${crate}"`;
    return new CargoError('network', `${what} could not be fetched from ${repository}: ${reason}`, {
      file,
      advice: [
        `if there is a mirror: git config --global url."<address of the mirror>".insteadOf ${repository}`,
        "check the network, git's proxy and credentials: git itself fetches, with your configuration",
        `or put another crate in its place: [nx.patch."${repository}"] in the recipe`,
      ],
    });
  }
  if (failed.length === 0 && NETWORK.test(plain)) {
    return new CargoError('network', `a crate that is not on this machine yet could not be fetched${cargoSaid}`, {
      file,
      advice: [
        "check the network, and cargo's proxy and mirrors (HTTPS_PROXY, [source] in cargo's config.toml)",
        `or fetch while the network is there: cargo fetch --locked --manifest-path ${file}`,
      ],
    });
  }
  if (failed.length > 0) {
    return new CargoError('compile', `could not compile ${failed.join(', ')}: see the messages above`, { file });
  }
  // A build script that fails, or a compiler that crashes, is no diagnostic.
  const reason = /could not compile|failed to run custom build command/.test(plain) ? 'compile' : 'other';
  return new CargoError(reason, `cargo failed${cargoSaid}`, { file });
}
