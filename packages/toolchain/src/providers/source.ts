import { buildFromSource, builtArchive } from '../source/build';
import { findStable } from '../stable';
import { installArchive } from './archive';
import type { Provider } from './provider';

/** Builds the Cranelift half from rustc's source release, once for all workspaces of the user. */
export const fromSource: Provider = async (context) => {
  const { options, home, work } = context;
  const archive =
    (await builtArchive(home)) ??
    (await buildFromSource(home, await findStable(options.stable, work), options.source, work));
  return installArchive(archive, 'source', context);
};
