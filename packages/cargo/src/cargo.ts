import { stripVTControlCharacters } from 'node:util';
import { annotationLines, forgetFailedProbes, redact, run } from '@nx-redox/kit';
import { explainFailure } from './cargo-error';
import type { Compilation, PreparedTask } from './command';
import {
  type ArtifactMessage,
  type DiagnosticMessage,
  isNoise,
  packageOf,
  parseMessage,
  type ScriptMessage,
} from './messages';
import { ownName, withOwnFolder, withOwnNames } from './own-names';

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

// "   Compiling logd v0.1.0 (…)" and the like: cargo's verb is right-aligned to 12 columns.
const PROGRESS =
  /^ *(Blocking|Building|Compiling|Dirty|Downloaded|Downloading|Fresh|Updating|Adding|Locking|Waiting)\b/;

/** What cargo runs for; a program may have a linker script, which messages name. */
type CargoTask = Compilation & Pick<Partial<PreparedTask>, 'placedScript' | 'linkerScript'>;

/** What marks an error in a change, for a CI that does so. Warnings are kept with a result, and shown where it is taken from. */
function annotation(task: CargoTask, { message: { level, message, spans } }: DiagnosticMessage): string {
  const primary = spans.find(({ is_primary }) => is_primary);
  if (level !== 'error' || primary === undefined) return '';
  const { file_name, line_start: line, column_start: column } = primary;
  return annotationLines([{ file: ownName(task, file_name), line, column, message }]);
}

/**
 * Runs cargo and collects what it names.
 *
 * @throws {CargoError} if cargo fails; diagnostics of crates were reported before.
 */
export async function runCargo(
  task: CargoTask,
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
      reporter.progress(withOwnFolder(task, line));
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
      reporter.text(withOwnNames(task, rendered) + annotation(task, message));
    }
  };
  if (env.CARGO_BUILD_BUILD_DIR !== undefined) forgetFailedProbes(env.CARGO_BUILD_BUILD_DIR);
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
