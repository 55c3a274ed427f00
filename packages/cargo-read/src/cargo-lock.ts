import { type Diagnostic, isTable, type Rule, TomlDocument } from '@nx-redox/kit/toml';
/** A package of a Cargo.lock. */
export interface LockedPackage {
  name: string;
  version: string;
  /** Registry or git repository; undefined for a package of the workspace or a path dependency. */
  source?: string;
  /** What tells its content: the checksum in the registry, or the commit. */
  hash?: string;
  /** Indexes of the packages that it depends on. */
  dependencies: number[];
}

export interface CargoLock {
  packages: LockedPackage[];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

// Cargo checks the lock file itself when it builds: what cannot be understood here is left out.
const lock: Rule<CargoLock> = (value) => {
  const root = isTable(value) ? value : {};
  const entries = (Array.isArray(root['package']) ? root['package'] : []).filter(isTable);
  const metadata = isTable(root['metadata']) ? root['metadata'] : {};
  const packages = entries.flatMap((entry): (LockedPackage & { wanted: string[] })[] => {
    const { name, version, source, checksum } = entry;
    if (typeof name !== 'string' || typeof version !== 'string') return [];
    const commit = typeof source === 'string' && source.startsWith('git+') ? source.split('#')[1] : undefined;
    // Formats 1 and 2 have the checksums in a table at the end.
    const hash = [
      commit,
      checksum,
      typeof source === 'string' ? metadata[`checksum ${name} ${version} (${source})`] : undefined,
    ].find((text) => typeof text === 'string');
    const found = {
      name,
      version,
      ...(typeof source === 'string' ? { source } : {}),
      ...(typeof hash === 'string' ? { hash } : {}),
      dependencies: [],
      wanted: strings(entry['dependencies']),
    };
    return [found];
  });
  const byName = new Map<string, number[]>();
  packages.forEach(({ name }, index) => byName.set(name, [...(byName.get(name) ?? []), index]));
  return {
    packages: packages.map(({ wanted, ...found }) => ({
      ...found,
      dependencies: wanted.flatMap((text) => {
        // "name", "name version" or "name version (source)": as much as tells one package from the others.
        const [name, version, source] = text.split(' ');
        return (byName.get(name!) ?? []).filter((index) => {
          const candidate = packages[index]!;
          return (
            (version === undefined || candidate.version === version) &&
            (source === undefined || candidate.source?.split('#')[0] === source.slice(1, -1).split('#')[0])
          );
        });
      }),
    })),
  };
};

/** Reads the text of a Cargo.lock (formats 1 to 4); `lock` is undefined only if the text is no TOML. */
export function parseCargoLock(text: string, file: string): { lock: CargoLock | undefined; diagnostics: Diagnostic[] } {
  const document = new TomlDocument(text, file);
  return { lock: document.read(lock), diagnostics: document.diagnostics };
}

/**
 * Indexes of the crates from elsewhere that a package of the workspace names itself or through path dependencies; what
 * those crates need is their own edge. Undefined if the lock file does not know the package, and so is out of date.
 */
export function directCratesOf({ packages }: CargoLock, name: string): number[] | undefined {
  const start = packages.findIndex((entry) => entry.name === name && entry.source === undefined);
  if (start < 0) return undefined;
  const visited = new Set([start]);
  const crates = new Set<number>();
  for (const index of visited) {
    for (const next of packages[index]!.dependencies) {
      if (packages[next]!.source === undefined) visited.add(next);
      else crates.add(next);
    }
  }
  return [...crates].sort((a, b) => a - b);
}
