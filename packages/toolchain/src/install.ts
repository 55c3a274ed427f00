import { formatError, UserError } from '@nx-redox/kit';
import { toolchainHome } from './home';
import { examine, identityFile, type Examination } from './identity/identity';
import { lackingSinceRevision, NEWER_REVISION_ADVICE } from './identity/revision';
import { noteInstalled } from './installed';
import { knownLocation, locationFile, writeJsonIfChanged, type Location, type ProviderName } from './location';
import { NIGHTLY, RUST } from './pins';
import { fromArchive, installedToolchains } from './providers/archive';
import { chooseProvider, type Choice } from './providers/choose';
import { fromPackage, packagedArchive, PLATFORM } from './providers/package';
import { fromPath } from './providers/path';
import type { Provider, ProviderContext, ProviderOptions } from './providers/provider';
import { fromRustup } from './providers/rustup';
import { fromSource } from './providers/source';
import { NO_CRANELIFT_ADVICE } from './settings';
import type { Work } from './progress';

export interface InstallOptions extends ProviderOptions {
  workspaceRoot: string;
  /** Use this provider and no other. */
  provider?: ProviderName;
  /** The version of Rust that the workspace wants; another one is a warning among the notes. */
  rust?: string;
}

export interface Installation extends Examination {
  location: Location;
  /** Why this toolchain was taken, and what was tried before and failed. */
  notes: string[];
}

const BY_NAME: Record<ProviderName, Provider> = {
  path: fromPath,
  archive: fromArchive,
  package: fromPackage,
  rustup: fromRustup,
  source: fromSource,
};

type Found = { location: Location; note: string };

/** A way that is tried if nothing was asked for; undefined if it has nothing to offer. */
interface Attempt {
  name: string;
  find: (context: ProviderContext) => Promise<Found | undefined>;
}

function attempt(name: ProviderName, what: string): Attempt {
  return {
    name: `provider ${name}`,
    find: async (context) => ({ location: await BY_NAME[name](context), note: `provider ${name}: ${what}` }),
  };
}

/** What is tried, in this order, if nothing was asked for. The package says the same on every machine, so it is first. */
const AUTOMATIC: Attempt[] = [
  attempt('package', `the Cranelift half of Rust ${RUST.version} for ${PLATFORM}`),
  { name: 'the cache', find: installedBefore },
  attempt('rustup', `rustup's ${NIGHTLY}`),
  attempt('source', `building Rust ${RUST.version} from its source release`),
];

/** The newest toolchain in the user's cache that is of the last revision, else the newest. */
async function installedBefore({ home, work }: ProviderContext): Promise<Found | undefined> {
  const all = await installedToolchains(home);
  let [installed] = all;
  for (const location of all) {
    const { identity } = await examine(location, home, work);
    if (lackingSinceRevision(identity).length > 0) continue;
    installed = location;
    break;
  }
  return installed && { location: installed, note: `installed before for another workspace (${installed.provider})` };
}

async function automatic(
  workspaceRoot: string,
  context: ProviderContext,
): Promise<{ location: Location; notes: string[] }> {
  const known = await knownLocation(workspaceRoot);
  // A newer version of the package may hold another archive; one that is unpacked already costs nothing.
  if (known && known.provider !== 'package') {
    return { location: known, notes: [`the toolchain that this workspace uses already (${known.provider})`] };
  }
  const failures: string[] = [];
  for (const { name, find } of AUTOMATIC) {
    try {
      const found = await find(context);
      if (found) return { location: found.location, notes: [...failures, found.note] };
    } catch (error) {
      if (context.work.signal?.aborted || !(error instanceof UserError)) throw error;
      failures.push(`${name} did not work: ${formatError(error)}`);
      context.work.step('toolchain').done(failures.at(-1) ?? '');
    }
  }
  throw new UserError(`no toolchain could be found or installed:\n${failures.join('\n')}`, {
    advice: NO_CRANELIFT_ADVICE,
  });
}

/** The toolchain that the choice leads to, installed if need be; writes nothing into the workspace. */
async function obtain(
  choice: Choice,
  workspaceRoot: string,
  context: ProviderContext,
): Promise<{ location: Location; notes: string[] }> {
  if (!choice.provider) return automatic(workspaceRoot, context);
  const location = await BY_NAME[choice.provider](context);
  return { location, notes: [`provider ${choice.provider}, as asked for`] };
}

/** A warning if the version is not the wanted one: a nightly, or what the user's own folder holds, may do nevertheless. */
function otherVersion(rust: string | undefined, { identity }: Examination): string[] {
  if (rust === undefined || identity.rustc === rust) return [];
  return [`warning: toolchain.toml names Rust ${rust}, and this is ${identity.rustc}: what it compiles may differ`];
}

/** A warning if the toolchain was made with an older patch. */
function olderRevision({ identity }: Examination): string[] {
  const lacking = lackingSinceRevision(identity);
  if (lacking.length === 0) return [];
  return [`warning: this toolchain is of an older revision and lacks ${lacking.join('; ')}. ${NEWER_REVISION_ADVICE}`];
}

/**
 * Makes sure that the workspace has a toolchain and writes what it is to `dist/toolchain/identity.json` (hashed by
 * tasks) and where it is to `dist/toolchain/location.json`. Files that would not change are left alone.
 *
 * @throws {UserError} if the provider that was asked for fails (no other one is tried then), or all do.
 */
export async function installToolchain(
  options: InstallOptions,
  work: Work,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Installation> {
  const { workspaceRoot, rust, ...given } = options;
  const home = toolchainHome(env);
  const choice = chooseProvider(given, env);
  const { location, notes } = await obtain(choice, workspaceRoot, { options: choice.options, home, work });
  const examination = await examine(location, home, work);
  await writeJsonIfChanged(locationFile(workspaceRoot), location);
  await writeJsonIfChanged(identityFile(workspaceRoot), examination.identity);
  const packaged = location.provider === 'package' ? packagedArchive() : undefined;
  await noteInstalled(workspaceRoot, [
    ...examination.files,
    ...[packaged, choice.options.archive].flatMap((file) => file ?? []),
  ]);
  return {
    location,
    notes: [...notes, ...otherVersion(rust, examination), ...olderRevision(examination)],
    ...examination,
  };
}
