import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Arch, type Backend, type Fallback, UserError } from '@nx-redox/kit';
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
  libcDir?: string;
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
 * @throws {UserError} if there is no toolchain, it lacks the backend, or the C library is incomplete.
 */
export async function prepareFront(options: FrontOptions): Promise<Front> {
  const { libcDir, checkout, env = process.env, ...facts } = options;
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
    ...(libcDir === undefined ? {} : { libc: await readLibcFiles(libcDir, options) }),
    home: toolchainHome(env).root,
  };
  await installFront(settings);
  return { settings, bin: placesOf(dir).bin };
}

/** What programs are linked with. */
const NEEDED = ['libc.a', 'crt0.o', 'crti.o', 'crtn.o'];

async function readLibcFiles(dir: string, { recipe, workspaceRoot }: FrontOptions): Promise<LibcFiles> {
  const names = (await readdir(dir).catch((): string[] => [])).filter((name) => /\.(a|o)$/.test(name)).sort();
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UserError(`the C library that ${recipe} is linked with lacks ${missing.join(', ')}`, {
      file: relative(workspaceRoot, dir),
      advice: 'build the recipe of the C library first: relibc, in Redox',
    });
  }
  const hash = createHash('sha256');
  for (const name of names) {
    const bytes = await readFile(join(dir, name));
    hash.update(`${name} ${bytes.length}\n`).update(bytes);
  }
  return { dir, hash: hash.digest('hex').slice(0, 16) };
}
