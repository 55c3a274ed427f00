import { BACKEND_NAMES, BACKENDS } from '@nx-redox/kit';
import type { Artifact } from './artifact';
import type { Reporter } from './cargo';

/** A task's own output, as it comes. */
export const live: Reporter = {
  progress: (line) => process.stderr.write(`${line}\n`),
  text: (text) => process.stderr.write(text),
};

/** What a build made, in one line for each file. */
export function describeArtifact({ project, backend, files, crates }: Artifact): string {
  const by = ([backend, ...BACKENDS.filter((name) => name !== backend)] as const).flatMap((name) => {
    const count = crates.filter((crate) => crate.backend === name).length;
    return count === 0 && name !== backend
      ? []
      : [`${count} ${count === 1 ? 'crate' : 'crates'} by ${BACKEND_NAMES[name]}`];
  });
  return files
    .map(
      ({ path, size, elf, pe }) =>
        `${project}: ${path}, ${(size / 1024).toFixed(0)} KiB, entry ${(elf ?? pe)?.entry}, ${by.join(', ')}\n`,
    )
    .join('');
}
