import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, formatError, UserError, packagesOf } from '@nx-redox/kit';
import { toolchainHome, type Home } from './home';
import { examine } from './identity/identity';
import { lackingSinceRevision, NEWER_REVISION_ADVICE } from './identity/revision';
import { knownLocation, type Location } from './location';
import { NIGHTLY, RUST } from './pins';
import { installedToolchains } from './providers/archive';
import { chooseProvider } from './providers/choose';
import { packagedArchive, PLATFORM } from './providers/package';
import { NO_CRANELIFT_ADVICE } from './settings';
import type { Work } from './progress';

/** One thing that was looked at. `missing` makes builds fail, `note` is worth knowing. */
export interface Check {
  name: string;
  state: 'ok' | 'note' | 'missing';
  found: string;
  advice: string[];
}

export interface Diagnosis {
  checks: Check[];
  /** Nothing that is needed is missing. */
  healthy: boolean;
}

export interface DoctorOptions {
  workspaceRoot: string;
  /** Other programs to look for on PATH, in the order of the report. */
  programs?: readonly string[];
}

const CAPABILITY_TEXT = {
  cranelift: 'Cranelift backend',
  llvm: 'LLVM backend',
  sym: 'Cranelift: sym operands',
  cVariadicDefinitions: 'Cranelift: C-variadic definitions',
  atomics128: 'Cranelift: 128-bit atomics',
  dataSections: 'Cranelift: a section for each data object',
  x86Assembly: 'Cranelift: _xsetbv and int $3 (x86_64)',
  core197: "core's names of Rust 1.97",
} as const;

const checkOf =
  (state: Check['state']) =>
  (name: string, found: string, advice: readonly string[] = []): Check => ({ name, state, found, advice: [...advice] });
const ok = checkOf('ok');
const note = checkOf('note');
const missing = checkOf('missing');

async function checkToolchain(location: Location, home: Home, work: Work): Promise<{ checks: Check[]; host?: string }> {
  const checks = [ok('toolchain', `${location.root} (provider ${location.provider})`)];
  let host: string | undefined;
  try {
    const { identity, reasons } = await examine(location, home, work);
    host = identity.host;
    checks.push(
      ok('rustc', `${identity.rustc} (${identity.commit.slice(0, 9)}) for ${identity.host}, identity ${identity.id}`),
    );
    for (const [key, name] of Object.entries(CAPABILITY_TEXT) as [keyof typeof CAPABILITY_TEXT, string][]) {
      const version = key === 'cranelift' && identity.cranelift ? identity.cranelift : 'yes';
      if (identity.capabilities[key]) {
        checks.push(ok(name, version));
        continue;
      }
      const isBackend = key === 'cranelift' || key === 'llvm';
      const advice = key === 'cranelift' ? NO_CRANELIFT_ADVICE : isBackend ? ['use a rustc with LLVM'] : [];
      const reason = reasons[key] ?? 'not probed, as there is no Cranelift backend';
      checks.push((isBackend ? missing : note)(name, reason, advice));
    }
    const lacking = lackingSinceRevision(identity);
    checks.push(
      lacking.length === 0
        ? ok('revision', 'has what the pinned patch brings')
        : note('revision', `older: lacks ${lacking.join('; ')}`, [NEWER_REVISION_ADVICE]),
    );
  } catch (error) {
    if (work.signal?.aborted || !(error instanceof UserError)) throw error;
    checks.push(missing('rustc', error.message, error.advice));
  }
  const source = "standard library's source";
  checks.push(
    location.rustSrc
      ? ok(source, location.rustSrc)
      : missing(source, 'no lib/rustlib/src/rust/library', ['rustup component add rust-src']),
  );
  return { checks, host };
}

/** What the next installation would use, without doing it. */
async function checkProviders(home: Home, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const checks: Check[] = [];
  try {
    const { provider, options } = chooseProvider({}, env);
    for (const [name, value] of [
      ['REDOX_TOOLCHAIN', options.path],
      ['REDOX_TOOLCHAIN_ARCHIVE', options.archive],
      ['REDOX_RUST_STABLE', options.stable],
      ['REDOX_RUSTC_SOURCE', options.source],
    ] as const) {
      if (!value) continue;
      const there = /^https?:/.test(value) || existsSync(value);
      checks.push(
        there ? ok(name, value) : missing(name, `${value} does not exist`, ['correct the variable or unset it']),
      );
    }
    if (!provider) {
      const order = `the package for ${PLATFORM}, what is installed, rustup (${NIGHTLY}), source (Rust ${RUST.version})`;
      checks.push(ok('provider', `automatic: ${order}`));
    }
  } catch (error) {
    checks.push(missing('provider', formatError(error)));
  }
  const archive = packagedArchive();
  checks.push(archive ? ok('package', archive) : note('package', `none for ${PLATFORM} is installed`));
  const installed = await installedToolchains(home);
  checks.push(
    ok(
      'cache',
      `${home.root}: ${installed.length === 0 ? 'nothing installed' : installed.map((each) => each.provider).join(', ')}`,
    ),
  );
  const rustup = await findProgram('rustup', env);
  checks.push(rustup ? ok('rustup', rustup) : note('rustup', 'not on PATH'));
  return checks;
}

async function checkProgram(
  program: string,
  location: Location | undefined,
  host: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Check> {
  // rust-lld comes with rustc and is on no PATH.
  const own = location && host ? join(location.root, 'lib/rustlib', host, 'bin', program) : undefined;
  const found = (await findProgram(program, env)) ?? (own && (await findProgram(own, env)));
  if (found) return ok(program, found);
  const advice = [
    `Debian: apt-get install ${packagesOf(program)?.apt ?? program}; elsewhere: the package that holds ${program}`,
  ];
  return missing(program, 'not on PATH', advice);
}

/** Looks at everything that builds need of the toolchain and at the given programs; changes nothing in the workspace. */
export async function diagnose(
  options: DoctorOptions,
  work: Work,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Diagnosis> {
  const home = toolchainHome(env);
  const location = await knownLocation(options.workspaceRoot);
  const none = missing('toolchain', 'none is installed for this workspace', ['npx nx run toolchain:install']);
  const { checks, host } = location ? await checkToolchain(location, home, work) : { checks: [none], host: undefined };
  checks.push(...(await checkProviders(home, env)));
  for (const program of options.programs ?? []) checks.push(await checkProgram(program, location, host, env));
  return { checks, healthy: checks.every((check) => check.state !== 'missing') };
}

/** The diagnosis as text: one line for each check, advice below what is missing. */
export function formatDiagnosis(diagnosis: Diagnosis): string {
  const mark = { ok: '✓', note: '·', missing: '✗' };
  const width = Math.max(...diagnosis.checks.map((check) => check.name.length));
  const lines = diagnosis.checks.flatMap((check) => [
    `${mark[check.state]} ${check.name.padEnd(width)}  ${check.found}`,
    ...check.advice.map((advice) => `  ${' '.repeat(width)}  → ${advice}`),
  ]);
  const count = diagnosis.checks.filter((check) => check.state === 'missing').length;
  return [...lines, '', count === 0 ? 'Nothing is missing.' : `${count} missing.`].join('\n');
}
