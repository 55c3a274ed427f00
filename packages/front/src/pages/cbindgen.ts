import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { forgetFailedProbes, run, UserError, withMutex } from '@nx-redox/kit';
import { execute } from '../exec';
import type { FrontSettings } from '../settings';

/** The release of cbindgen that builds use; relibc writes its headers with it. */
export const CBINDGEN = '0.29.0';

/** `cbindgen`: the real one, of a version that does not change under a build, installed when it is first called. */
export async function cbindgenPage(settings: FrontSettings, argv: readonly string[]): Promise<number> {
  return execute(await cbindgen(settings), argv);
}

async function cbindgen({ home, rust }: FrontSettings): Promise<string> {
  const folder = join(home, 'tools', `cbindgen-${CBINDGEN}`);
  const program = join(folder, 'bin/cbindgen');
  if (existsSync(program)) return program;
  await withMutex(`${folder}.lock`, { waiting: (line) => void process.stderr.write(`front: ${line}\n`) }, async () => {
    if (existsSync(program)) return;
    process.stderr.write(`front: cbindgen ${CBINDGEN} is installed, once for this user\n`);
    await mkdir(folder, { recursive: true });
    const target = join(folder, 'target');
    const { location } = rust;
    const args = ['install', '--locked', '--version', CBINDGEN, '--root', folder, '--target-dir', target, 'cbindgen'];
    const env = {
      ...Object.fromEntries(
        Object.keys(process.env)
          .filter((name) =>
            /^(CARGO_(TARGET|BUILD|PROFILE|ENCODED|MAKEFLAGS)|RUSTFLAGS|RUSTC|NX_REDOX|MAKE|CC|AR|C(XX|PP)?FLAGS)/.test(
              name,
            ),
          )
          .map((name) => [name, undefined]),
      ),
      RUSTC: location.rustcLlvm,
      // It reads a few files: what counts is how long it takes to be there.
      CARGO_PROFILE_RELEASE_LTO: 'off',
      CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
    };
    forgetFailedProbes(target);
    const result = await run(location.cargo, args, { env, cwd: folder });
    if (result.exitCode !== 0) {
      throw new UserError(
        `cbindgen ${CBINDGEN} cannot be installed:\n${result.stderr.trim().split('\n').slice(-8).join('\n')}`,
        {
          advice: 'connect to crates.io once, or set up a mirror in the configuration of cargo',
        },
      );
    }
    await rm(target, { recursive: true, force: true });
  });
  return program;
}
