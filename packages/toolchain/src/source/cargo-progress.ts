import { run, UserError, type Progress, type RunResult } from '@nx-redox/common';
import { lastLine } from '../stable';
import type { Work } from '../work';

export interface CargoStep {
  /** What is built, for messages. */
  label: string;
  cargo: string;
  /** Arguments of `cargo build`, without message format. */
  args: readonly string[];
  env: Record<string, string | undefined>;
  cwd: string;
}

interface Unit {
  mode: string;
}

/** How many crates (build scripts count as one each) the build consists of, finished ones included. */
async function countUnits(step: CargoStep, signal?: AbortSignal): Promise<number | undefined> {
  const { cargo, args, env, cwd } = step;
  const result = await run(cargo, ['build', ...args, '--unit-graph', '-Zunstable-options'], { cwd, env, signal });
  if (result.exitCode !== 0) return undefined;
  const { units } = JSON.parse(result.stdout) as { units: Unit[] };
  return units.filter((unit) => unit.mode === 'build').length;
}

/** Tells one line for each crate that cargo's JSON messages report as finished. */
export function crateCounter(progress: Progress, total: number | undefined): (line: string) => void {
  let count = 0;
  let fresh = 0;
  return (line) => {
    if (!line.startsWith('{"reason":"compiler-artifact"')) return;
    const message = JSON.parse(line) as { target: { name: string }; fresh: boolean };
    count += 1;
    const place = `${count}${total === undefined ? '' : `/${total}`}`;
    if (message.fresh) {
      fresh += 1;
      progress.update(`${place} ${fresh} crates were there already`);
    } else {
      progress.done(`${place} ${message.target.name}`);
    }
  };
}

/** The compiler's own words about what went wrong, from cargo's messages. */
function diagnostics(result: RunResult): string {
  const rendered = result.stdout.split('\n').flatMap((line) => {
    if (!line.startsWith('{"reason":"compiler-message"')) return [];
    const { message } = JSON.parse(line) as { message: { level: string; rendered: string } };
    return message.level === 'error' ? [message.rendered.trim()] : [];
  });
  return (rendered.length > 0 ? rendered.slice(0, 3).join('\n') : result.stderr.trim().split('\n').slice(-15).join('\n')).trim();
}

/**
 * Runs one `cargo build` with a line for each crate. Cargo keeps finished crates, so an interrupted run goes on.
 *
 * @throws {UserError} with the compiler's message if the build fails.
 */
export async function cargoBuild(step: CargoStep, work: Work): Promise<void> {
  const { cargo, args, env, cwd, label } = step;
  const download = work.step(`${label}: crates from the registry`);
  const fetched = await run(cargo, ['fetch', ...args.filter((arg, index) => arg === '--manifest-path' || args[index - 1] === '--manifest-path')], {
    cwd,
    env,
    signal: work.signal,
    onLine: (line) => download.update(line.trim()),
  });
  if (fetched.exitCode !== 0) {
    throw new UserError(`${label}: cargo cannot fetch the crates: ${lastLine(fetched.stderr)}`, {
      advice: 'the build needs crates.io (or a mirror set up in cargo\'s configuration)',
    });
  }
  download.done('fetched');

  const progress = work.step(label);
  const result = await run(cargo, ['build', ...args, '--message-format=json'], {
    cwd,
    env,
    signal: work.signal,
    onLine: crateCounterOf(progress, await countUnits(step, work.signal)),
  });
  if (result.exitCode !== 0) {
    throw new UserError(`${label} failed:\n${diagnostics(result)}`, {
      advice: 'run the same command again: what is built stays; if it fails at the same place, the text above says why',
    });
  }
  progress.done('built');
}

function crateCounterOf(progress: Progress, total: number | undefined): (line: string, stream: string) => void {
  const count = crateCounter(progress, total);
  return (line, stream) => {
    if (stream === 'stdout') count(line);
  };
}
