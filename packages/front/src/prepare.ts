import type { Arch, Backend, Fallback } from '@nx-redox/kit';
import { readIdentity, readLocation, requireBackend, rustLld, toolchainHome } from '@nx-redox/toolchain';
import { installFront } from './install';
import { findCTools } from './c-tools';
import { type FrontSettings, type LibcFiles, placesOf } from './settings';

export interface FrontOptions {
  recipe: string;
  /** recipe.toml, for messages. */
  recipeFile: string;
  workspaceRoot: string;
  /** Where upstream's prefix/ would be; by default the workspace. */
  checkout?: string;
  arch: Arch;
  gnuTarget: string;
  host: string;
  backend: Backend;
  fallback: Fallback;
  libc?: LibcFiles;
  sysrootDir: string;
  remap: FrontSettings['remap'];
  dir: string;
  verbose: boolean;
  /** The user's environment. */
  env?: NodeJS.ProcessEnv;
}

/** What a build has to put into its environment. */
export interface Front {
  settings: FrontSettings;
  /** The folder for the beginning of PATH. */
  bin: string;
}

/**
 * Prepares the programs that stand in front of the compilers in one build.
 *
 * @throws {UserError} if there is no toolchain, or it lacks the backend.
 */
export async function prepareFront(options: FrontOptions): Promise<Front> {
  const { checkout, env = process.env, ...facts } = options;
  const { workspaceRoot, gnuTarget, backend, dir } = facts;
  const [location, identity] = [await readLocation(workspaceRoot), await readIdentity(workspaceRoot)];
  requireBackend(location, identity, backend);
  const settings: FrontSettings = {
    schema: 1,
    ...facts,
    rust: {
      location,
      identity: { id: identity.id, commit: identity.commit, capabilities: identity.capabilities },
      rustLld: await rustLld(location),
    },
    c: await findCTools(checkout ?? workspaceRoot, gnuTarget, env.PATH ?? ''),
    home: toolchainHome(env).root,
  };
  await installFront(settings);
  return { settings, bin: placesOf(dir).bin };
}
