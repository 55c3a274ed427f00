import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blake3Bytes, blake3Hex, UserError } from '@nx-redox/kit';
import { distOf } from '@nx-redox/kit/program';

let version: Promise<string> | undefined;

/** Changes when the code of the programs in front does. */
export function frontVersion(): Promise<string> {
  version ??= hashOf();
  return version;
}

async function hashOf(): Promise<string> {
  const dist = distOf(join(__dirname, '../bin'));
  const found = await readdir(dist, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`the programs in front of the compilers are not there: ${cause.code}`, {
      advice: 'install the package @nx-redox/front anew: `npm ci`',
      cause,
    });
  });
  const names = found.filter((name) => name.endsWith('.js')).sort();
  const parts = await Promise.all(
    names.map(async (name) => `${name} ${await blake3Bytes(await readFile(join(dist, name)))}`),
  );
  return blake3Hex(parts.join('\n')).slice(0, 16);
}
