// Installs what only the checks of the packages use.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installApart } from '../setup/apart.mjs';

export const folder = dirname(fileURLToPath(import.meta.url));

/** @throws if npm fails; it has said why. */
export function installReleaseTools() {
  installApart(folder);
}
