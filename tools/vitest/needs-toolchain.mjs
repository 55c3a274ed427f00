// Specs that compile are skipped on a machine without a toolchain. In CI they would be missed by nobody, so there it is
// an error, unless the job says that it goes without (macOS, whose toolchain nobody builds yet).
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const LOCATION = fileURLToPath(new URL('../../dist/toolchain/location.json', import.meta.url));

/** Whether the compiler that this workspace uses is where the workspace says. */
export function hasToolchain(location = LOCATION) {
  try {
    return existsSync(JSON.parse(readFileSync(location, 'utf8')).rustc);
  } catch {
    return false;
  }
}

/** Why the tests may not run like this, if so. */
export function refusal(env, location = LOCATION) {
  if (!env.CI || env.CI === 'false' || env.REDOX_TESTS_WITHOUT_TOOLCHAIN === '1') return undefined;
  if (env.REDOX_TOOLCHAIN || hasToolchain(location)) return undefined;
  return (
    'CI runs the specs that compile, and there is no toolchain: run `npx nx run toolchain:install` first, ' +
    'or set REDOX_TESTS_WITHOUT_TOOLCHAIN=1 in a job that goes without'
  );
}

/** vitest's global set-up. */
export default function setup() {
  const reason = refusal(process.env);
  if (reason) throw new Error(reason);
}
