import { resolve } from 'node:path';
import { UserError } from '@nx-redox/kit';
import type { Change } from '../record';
import type { FrontSettings } from '../settings';
import type { PreparedTarget } from '../targets/prepare';
import type { StdWish } from '../targets/sysroot';
import { readTarget, type TheirTarget } from '../targets/target';
import {
  type CargoCommandLine,
  emittedKinds,
  type Option,
  optionsOf,
  parseCommandLine,
  valueOf,
  wordsOf,
} from './command-line';
import { type CargoConfig, readCargoConfig } from './config';

/** Commands that compile. */
export const COMPILES: ReadonlySet<string> = new Set([
  'bench',
  'build',
  'check',
  'clippy',
  'doc',
  'fix',
  'install',
  'run',
  'rustc',
  'rustdoc',
  'test',
]);

/** A call of cargo that compiles for Redox or for no operating system, read. */
export interface TargetCall {
  line: CargoCommandLine;
  /** Options before `--`, those of cargo itself first. */
  options: Option[];
  targets: TheirTarget[];
  wish: StdWish;
  config: CargoConfig;
  /** `build-std` in a configuration file: cargo has to be kept from it. */
  hasConfigBuildStd: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a call of cargo.
 *
 * @returns undefined for a call that is none of ours: it compiles for this machine, or does not compile.
 */
export function readCall(
  settings: Pick<FrontSettings, 'host'> & { rust: { location: Pick<FrontSettings['rust']['location'], 'rustcLlvm'> } },
  argv: readonly string[],
  cwd: string,
  env: Environment = process.env,
): TargetCall | undefined {
  const line = parseCommandLine(argv);
  if (line.command === undefined || !COMPILES.has(line.command)) return undefined;
  const options = optionsOf([...line.global, ...line.args]);
  const folder = resolve(cwd, valueOf(options, '-C') ?? '.');
  // `cargo install` reads the configuration of what it installs.
  const path = line.command === 'install' ? valueOf(options, '--path') : undefined;
  const inline = options.filter(({ name }) => name === '--config').map(({ value }) => value!);
  const config = readCargoConfig(resolve(folder, path ?? '.'), inline, env);
  const named = options.filter(({ name }) => name === '--target').map(({ value }) => value!);
  const words = named.length > 0 ? named : env.CARGO_BUILD_TARGET ? [env.CARGO_BUILD_TARGET] : config.targets;
  const foreign = words.filter((word) => word !== settings.host && word !== 'host-tuple');
  if (foreign.length === 0) return undefined;
  const targets = foreign.map((word) => readTarget(word, folder, settings.rust.location.rustcLlvm, env));
  if (targets.every(({ os }) => os === 'other')) return undefined;
  if (foreign.length < words.length || targets.some(({ os }) => os === 'other')) {
    throw new UserError(`cargo is to compile for several systems at once: ${words.join(', ')}`, {
      advice: 'call cargo once for each of them',
    });
  }
  const { crates, features } = buildStd(options, config);
  const std = crates === undefined ? targets.every(({ os }) => os === 'redox') : crates.includes('std');
  const unknown = features.filter((feature) => feature !== 'compiler-builtins-mem');
  if (unknown.length > 0) {
    throw new UserError(`the standard library is prepared without the feature ${unknown.join(', ')}`, {
      advice: 'leave it out of -Z build-std-features',
    });
  }
  // Without build-std it is the standard library as rustup brings it, which has memcpy where there is no C library.
  const mem = crates === undefined ? !std : features.includes('compiler-builtins-mem');
  return { line, options, targets, wish: { std, mem }, config, hasConfigBuildStd: config.buildStd !== undefined };
}

function buildStd(options: readonly Option[], config: CargoConfig): { crates?: string[]; features: string[] } {
  let crates = config.buildStd;
  let features = config.buildStdFeatures ?? [];
  for (const { name, value } of options) {
    if (name !== '-Z') continue;
    const [key, list] = splitOnce(value!, '=');
    const items = list?.split(',').filter(Boolean);
    if (key === 'build-std') crates = items ?? ['std'];
    if (key === 'build-std-features') features = items ?? [];
  }
  return { crates, features };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** A call as it is run. */
export interface PlannedCall {
  args: string[];
  /** Variables to set or, if undefined, to remove. */
  env: Record<string, string | undefined>;
  changes: Change[];
  /** Whether cargo's standard output is its JSON messages, which the script did not ask for. */
  isRecorded: boolean;
}

/** Options that are answered by what was prepared. */
const isAnswered = ({ name, value }: Option): boolean =>
  name === '--target' || (name === '-Z' && /^(build-std(=.*)?|build-std-features=.*|json-target-spec)$/s.test(value!));

/**
 * Changes a call so that it compiles by the prepared targets.
 *
 * @param rustc the one in front; `targets` is the folder in which it finds what it is told about them. `buildDir` is a
 * folder for crates of calls that cargo's unstable options are kept from.
 */
export function planCall(
  call: TargetCall,
  prepared: readonly PreparedTarget[],
  { rustc, targets, buildDir }: { rustc: string; targets: string; buildDir: string },
  env: Environment = process.env,
): PlannedCall {
  const { line, options, config } = call;
  const changes: Change[] = prepared.flatMap((target) => target.changes);
  if (line.toolchain !== undefined) {
    changes.push({ what: `+${line.toolchain} left out`, why: 'there is one toolchain, whose std is prepared' });
  }
  const answered = options.filter(isAnswered).map(({ words }) => words.join(' '));
  changes.push({
    what: `${[...answered, 'a compiled standard library'].join(', ')} -> ${prepared.map(({ sysroot }) => `${sysroot.target} by ${sysroot.backend}`).join(', ')}`,
    why: 'std is compiled once for a toolchain, specification and backend',
  });

  const kept = options.filter((option) => !isAnswered(option));
  const format = valueOf(kept, '--message-format');
  const runs = ['run', 'bench', 'test'].includes(line.command!) && !kept.some(({ name }) => name === '--no-run');
  const isRecorded = format === undefined && !runs && line.command !== 'fix' && !line.command!.endsWith('doc');
  const lto = profilesOf(kept).flatMap((profile) => ['--config', `profile.${profile}.lto="off"`]);
  changes.push({
    what: lto.filter((word) => word !== '--config').join(' '),
    why: 'Cranelift refuses link-time optimisation, and both backends shall compile the same program',
  });
  const marker = markerArguments(prepared, config, env);
  const needsNightly =
    kept.some(({ name, value }) => name === '-Z' && value !== 'unstable-options') || config.hasOtherUnstable;
  if (call.hasConfigBuildStd && needsNightly) {
    throw new UserError(
      "this call compiles std (build-std in cargo's configuration) and uses other unstable options of cargo, which are not possible together here",
      { file: config.files[0], advice: 'take the other options out: -Z of the call, [unstable] of the configuration' },
    );
  }
  const globalCount = optionsOf(line.global).length;
  // The first ones are those before the command.
  const isGlobal = new Set(options.slice(0, globalCount));
  const args = [
    ...wordsOf(kept.filter((option) => isGlobal.has(option))),
    line.command!,
    ...prepared.flatMap(({ name }) => ['--target', name]),
    ...(isRecorded ? ['--message-format', 'json-render-diagnostics'] : []),
    ...lto,
    ...marker.args,
    // build-std of a configuration file is for nightly's cargo only; what cargo starts is told all the same.
    ...(call.hasConfigBuildStd ? ['--config', 'env.RUSTC_BOOTSTRAP="1"'] : []),
    ...wordsOf(kept.filter((option) => !isGlobal.has(option) && !isUnneeded(option, call))),
    ...line.rest,
    // Cargo does not know of such files: a crate that it has compiled would not be compiled again for one that is gone.
    ...(emitsBeside(line.rest) ? [`-Ldependency=${targets}/${nonce()}`] : []),
  ];
  return {
    args,
    env: {
      RUSTC: rustc,
      RUSTC_BOOTSTRAP: call.hasConfigBuildStd ? undefined : '1',
      NX_REDOX_TARGETS: targets,
      CARGO_BUILD_TARGET: undefined,
      CARGO_INCREMENTAL: '0',
      // A changed file is a changed file, whatever its time stamp says.
      // Cargo compiles crates again that were compiled with the other setting, for this machine, too: they must not share.
      ...(call.hasConfigBuildStd ? { CARGO_BUILD_BUILD_DIR: buildDir } : { CARGO_UNSTABLE_CHECKSUM_FRESHNESS: 'true' }),
      CARGO_NET_GIT_FETCH_WITH_CLI: 'true',
      ...marker.env,
    },
    changes,
    isRecorded,
  };
}

/** Stable cargo refuses -Z. */
const isUnneeded = ({ name, value }: Option, { hasConfigBuildStd }: TargetCall): boolean =>
  hasConfigBuildStd && name === '-Z' && value === 'unstable-options';

/** Whether `cargo rustc` is to write a file of its own beside what cargo asks rustc for. */
function emitsBeside(rest: readonly string[]): boolean {
  return emittedKinds(rest).some((kind) => /^(?!link=).+=/.test(kind));
}

/** Differs from call to call; in a folder's name that does not exist it changes nothing else. */
const nonce = (): string => `${process.pid}-${Date.now()}`;

function profilesOf(options: readonly Option[]): string[] {
  const named = valueOf(options, '--profile');
  return [
    ...new Set([
      'release',
      'dev',
      ...(named === undefined || ['test', 'bench', 'check'].includes(named) ? [] : [named]),
    ]),
  ];
}

/** Puts the markers beside the flags that are in force: cargo takes those of one place only. */
function markerArguments(
  prepared: readonly PreparedTarget[],
  config: CargoConfig,
  env: Environment,
): { args: string[]; env: Record<string, string> } {
  const markers = prepared.map(({ marker }) => marker);
  if (env.CARGO_ENCODED_RUSTFLAGS !== undefined) {
    const flags = [env.CARGO_ENCODED_RUSTFLAGS, ...markers].filter(Boolean).join('\x1f');
    return { args: [], env: { CARGO_ENCODED_RUSTFLAGS: flags } };
  }
  if (env.RUSTFLAGS !== undefined && env.RUSTFLAGS !== '') {
    return { args: [], env: { RUSTFLAGS: [env.RUSTFLAGS, ...markers].join(' ') } };
  }
  const variable = (name: string) => `CARGO_TARGET_${name.toUpperCase().replaceAll(/[-.]/g, '_')}_RUSTFLAGS`;
  const isOfTarget =
    config.targetRustflags.length > 0 || prepared.some(({ name }) => env[variable(name)] !== undefined);
  const list = (flags: readonly string[]) => JSON.stringify(flags);
  if (!isOfTarget) return { args: ['--config', `build.rustflags=${list(markers)}`], env: {} };
  return {
    args: prepared.flatMap(({ name, marker }) => [
      '--config',
      `target.${JSON.stringify(name)}.rustflags=${list([marker])}`,
    ]),
    env: {},
  };
}
