import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where cargo keeps what rustc has told it: in its target folder, or in its build folder if that is another one. */
const PROBES = '.rustc_info.json';

/**
 * Makes cargo ask rustc again if rustc has failed to answer. Cargo keeps the answer of a rustc that a signal has ended, as that of
 * an interrupted build is, and takes it for the answer ever after (src/cargo/util/rustc.rs).
 *
 * @param folder cargo's target or build folder; it need not be there.
 */
export function forgetFailedProbes(folder: string): void {
  const file = join(folder, PROBES);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return;
  }
  if (/"success"\s*:\s*false/.test(text)) rmSync(file, { force: true });
}
