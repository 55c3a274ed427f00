import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseCargoLock } from '@nx-redox/cargo-read';
import { redact, run } from '@nx-redox/kit';
import { hasErrors } from '@nx-redox/kit/toml';
import type { SourceTask } from '@nx-redox/sources';
import { checkLock } from './lock-rules';
import { pinCommand, type Pin } from './pins';
import { areCompatible } from './version';

/** A copy of a source that cargo may change. */
export interface CargoWork {
  task: SourceTask;
  tree: string;
  /** The program. */
  cargo: string;
}

/** The cargo that the user chose, that of the workspace's toolchain if it is installed, or the one on PATH. */
export function cargoOf(workspaceRoot: string): string {
  if (process.env['CARGO']) return process.env['CARGO'];
  try {
    const { cargo } = JSON.parse(readFileSync(join(workspaceRoot, 'dist/toolchain/location.json'), 'utf8'));
    if (typeof cargo === 'string' && existsSync(cargo)) return cargo;
  } catch {
    // There is none, or not yet.
  }
  return 'cargo';
}

/**
 * Makes the first choice that cargo takes and that fixes the lock file; otherwise says why none does.
 *
 * @param path of the lock file in the tree.
 * @param before its text.
 */
export async function applyPins(
  work: CargoWork,
  path: string,
  before: string,
  choices: readonly Pin[][],
): Promise<Pin[] | { refused: string }> {
  const file = join(work.tree, path);
  const refused: string[] = [];
  for (const choice of choices) {
    await writeFile(file, before);
    const error = await applyChoice(work, dirname(file), choice);
    if (error !== undefined) {
      refused.push(error);
      continue;
    }
    const left = mixesIn(await readFile(file, 'utf8'), path);
    const isMended = left.length < mixesIn(before, path).length && !hasErrors(left);
    if (isMended) return choice;
    refused.push(`after ${choice.map(pinCommand).join(', ')}: ${left[0]?.message ?? ''}`);
  }
  await writeFile(file, before);
  return { refused: refused.map((text) => `  ${text.replaceAll('\n', '\n  ')}`).join('\n') };
}

function mixesIn(text: string, file: string) {
  return checkLock(text, file, { linksLibc: false, heedsPatches: false, replaced: new Set() }).filter(
    ({ rule }) => rule === 'mixed-syscall',
  );
}

/** Runs cargo for each pin, in the order in which requirements between them allow it. @returns why it refused. */
async function applyChoice(work: CargoWork, dir: string, pins: readonly Pin[]): Promise<string | undefined> {
  let waiting = [...pins];
  while (waiting.length > 0) {
    const refused: { pin: Pin; error: string }[] = [];
    for (const pin of waiting) {
      const error = await applyPin(work, dir, pin);
      if (error !== undefined) refused.push({ pin, error: `${pinCommand(pin)}: ${error}` });
    }
    if (refused.length === waiting.length) return refused.map(({ error }) => error).join('\n');
    waiting = refused.map(({ pin }) => pin);
  }
  return undefined;
}

async function applyPin(
  { task, tree, cargo }: CargoWork,
  dir: string,
  { name, from, to }: Pin,
): Promise<string | undefined> {
  const { lock } = parseCargoLock(await readFile(join(dir, 'Cargo.lock'), 'utf8'), 'Cargo.lock');
  const present = lock?.packages.filter((entry) => entry.name === name).map(({ version }) => version) ?? [];
  // Another pin may have moved or removed it.
  const moved = present.includes(from) ? from : present.find((version) => areCompatible(version, to));
  if (moved === undefined || moved === to) return undefined;
  const manifest = join(dir, 'Cargo.toml');
  const args = ['update', '--manifest-path', manifest, '-p', `${name}@${moved}`, '--precise', to];
  // Not in the source: its rust-toolchain file would have rustup install another one.
  const { exitCode, stderr } = await run(cargo, args, {
    cwd: dirname(tree),
    signal: task.signal,
    env: {
      ...task.env,
      // Manifests of Redox use what only nightly cargo takes otherwise.
      RUSTC_BOOTSTRAP: '1',
      CARGO_TERM_COLOR: 'never',
      CARGO_NET_GIT_FETCH_WITH_CLI: 'true',
      ...(task.offline ? { CARGO_NET_OFFLINE: 'true' } : {}),
    },
    missing: 'install the toolchain of the workspace, or Rust; or set CARGO to the cargo of a toolchain',
  });
  return exitCode === 0 ? undefined : cargoError(stderr, tree);
}

function cargoError(stderr: string, tree: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^\s+(?:Updating|Locking) /.test(line));
  return redact(
    lines
      .slice(0, 12)
      .join('\n')
      .replace(/^error: /, '')
      .replaceAll(tree, 'source'),
  );
}
