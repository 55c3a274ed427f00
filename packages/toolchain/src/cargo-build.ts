import { type Progress, run, type RunResult, UserError } from '@nx-redox/kit';
import { lastLine } from './stable';
import type { Work } from './progress';

export interface CargoStep {
  /** What is built, for messages. */
  label: string;
  cargo: string;
  /** Arguments of `cargo build`, without message format. */
  args: readonly string[];
  env: Record<string, string | undefined>;
  cwd: string;
}

/** One crate of a build, as cargo reports it when it is there. */
export interface BuiltCrate {
  /** Name of the crate, as rustc knows it. */
  name: string;
  /** Absolute paths of what it was compiled to. */
  files: string[];
}

/** Flags in cargo's own encoding (`CARGO_ENCODED_RUSTFLAGS`), which keeps spaces in paths whole. */
export function encodeRustflags(flags: readonly string[]): string {
  return flags.join('\x1f');
}

interface ArtifactMessage {
  target: { name: string };
  filenames: string[];
  fresh: boolean;
}

function artifactMessage(line: string): ArtifactMessage | undefined {
  return line.startsWith('{"reason":"compiler-artifact"') ? (JSON.parse(line) as ArtifactMessage) : undefined;
}

/** How many crates (build scripts count as one each) the build consists of, finished ones included. */
async function countCrates(step: CargoStep, signal?: AbortSignal): Promise<number | undefined> {
  const { cargo, args, env, cwd } = step;
  const result = await run(cargo, ['build', ...args, '--unit-graph', '-Zunstable-options'], { cwd, env, signal });
  if (result.exitCode !== 0) return undefined;
  const { units } = JSON.parse(result.stdout) as { units: { mode: string }[] };
  return units.filter((unit) => unit.mode === 'build').length;
}

/** Tells one line for each crate that cargo's JSON messages report as finished. */
export function crateCounter(progress: Progress, total?: number): (line: string) => void {
  let count = 0;
  let fresh = 0;
  return (line) => {
    const message = artifactMessage(line);
    if (!message) return;
    count += 1;
    const place = total === undefined ? `${count}` : `${count}/${total}`;
    if (message.fresh) {
      fresh += 1;
      progress.update(`${place} ${fresh} crates were there already`);
    } else {
      progress.done(`${place} ${message.target.name}`);
    }
  };
}

const UNREACHABLE =
  /could not resolve host|failed to download|unable to update registry|network failure|couldn't connect|you're using offline mode/i;

/** The line that says why the registry cannot be reached, rather than cargo's hints around it. */
function networkReason(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /could not resolve|couldn't connect|timed out/i.test(line)) ??
    lines.find((line) => line.startsWith('error')) ??
    lastLine(text)
  );
}

/** What to tell about a cargo run that failed: the compiler's own words, or cargo's. */
export function cargoError(label: string, result: RunResult): UserError {
  const rendered = result.stdout.split('\n').flatMap((line) => {
    if (!line.startsWith('{"reason":"compiler-message"')) return [];
    const { message } = JSON.parse(line) as { message: { level: string; rendered: string } };
    return message.level.startsWith('error') ? [message.rendered.trim()] : [];
  });
  if (rendered.length > 0) return new UserError(`${label} failed:\n${rendered.slice(0, 3).join('\n')}`);
  const text = result.stderr.trim();
  if (UNREACHABLE.test(text)) {
    return new UserError(`${label}: crates.io cannot be reached: ${networkReason(text)}`, {
      advice: "connect to the network once, or set up a mirror in cargo's configuration; what was fetched is kept",
    });
  }
  return new UserError(
    `${label} failed${result.signal ? ` (${result.signal})` : ''}:\n${text.split('\n').slice(-15).join('\n')}`,
  );
}

/** Downloads the crates of a manifest, so that the build after it shows nothing but compilation. */
export async function cargoFetch(step: Omit<CargoStep, 'args'>, manifest: string, work: Work): Promise<void> {
  const { cargo, cwd, env, label } = step;
  const progress = work.step(`${label}: crates from the registry`);
  const result = await run(cargo, ['fetch', '--manifest-path', manifest], {
    cwd,
    env,
    signal: work.signal,
    onLine: (line) => progress.update(line.trim()),
  });
  if (result.exitCode !== 0) throw cargoError(label, result);
  progress.done('fetched');
}

/**
 * Runs one `cargo build` with a line for each crate and returns the crates.
 * Cargo keeps finished crates in its target directory, so an interrupted run goes on.
 *
 * @throws {UserError} with the compiler's message if the build fails.
 */
export async function cargoBuild(step: CargoStep, work: Work): Promise<BuiltCrate[]> {
  const { cargo, args, env, cwd, label } = step;
  const progress = work.step(label);
  const count = crateCounter(progress, await countCrates(step, work.signal));
  const result = await run(cargo, ['build', ...args, '--message-format=json'], {
    cwd,
    env,
    signal: work.signal,
    onLine: (line, stream) => stream === 'stdout' && count(line),
  });
  if (result.exitCode !== 0) throw cargoError(label, result);
  progress.done('built');
  return result.stdout
    .split('\n')
    .flatMap((line) => artifactMessage(line) ?? [])
    .map(({ target, filenames }) => ({ name: target.name, files: filenames }));
}
