import type { Artifact } from './artifact';

/** What a build made, in one line for each file. */
export function describeArtifact({ project, backend, files, crates }: Artifact): string {
  const label = backend === 'cranelift' ? 'Cranelift' : 'LLVM';
  const compiled = crates.filter((crate) => crate.backend === backend).length;
  return files
    .map(
      ({ path, size, elf }) =>
        `${project}: ${path}, ${(size / 1024).toFixed(0)} KiB, entry ${elf.entry}, ${compiled} ${compiled === 1 ? 'crate' : 'crates'} by ${label}\n`,
    )
    .join('');
}

/** Whether diagnostics for this stream get colours, by the conventions of Node's tools. */
export function wantsColor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY;
}
