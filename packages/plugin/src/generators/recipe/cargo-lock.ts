import { UserError } from '@nx-redox/kit';
import { parseToml, tomlString, type TomlTable } from '@nx-redox/kit/toml-edit';

/** A package of a Cargo workspace, as its lock file has it. */
export interface LockedPackage {
  name: string;
  version: string;
  /** Names of packages that are in the lock file. */
  dependencies: readonly string[];
}

function packagesOf(text: string, file: string): TomlTable[] {
  return (parseToml(text, file)['package'] ?? []) as TomlTable[];
}

/** Whether a lock file has a package of this name, from wherever. */
export function hasLocked(text: string, file: string, name: string): boolean {
  return packagesOf(text, file).some((other) => other['name'] === name);
}

/**
 * Adds a member of the workspace to the text of a Cargo.lock, as cargo would: in the order of names, with its
 * dependencies in order. The rest of the file stays as it is, so builds with `--locked` need no network.
 * @throws {UserError} if a dependency is not in the lock file, or the name is taken.
 */
export function addLocked(text: string, file: string, added: LockedPackage): string {
  const packages = packagesOf(text, file);
  if (packages.some(({ name }) => name === added.name)) {
    throw new UserError(`there is a package "${added.name}" already`, { file, advice: 'choose another name' });
  }
  const dependencies = added.dependencies.map((name) => dependencyEntry(packages, name, file)).sort();
  const entry = [
    '[[package]]',
    `name = ${tomlString(added.name)}`,
    `version = ${tomlString(added.version)}`,
    ...(dependencies.length === 0
      ? []
      : ['dependencies = [', ...dependencies.map((name) => ` ${tomlString(name)},`), ']']),
  ];
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  const headers = lines.flatMap((line, index) => (/^\[\[package\]\]\s*$/.test(line) ? [index] : []));
  const next = packages.findIndex(({ name }) => (name as string) > added.name);
  // Behind the packages, older lock files have other tables.
  const behind = lines.findIndex(
    (line, index) => /^\[/.test(line) && index > (headers.at(-1) ?? 0) && !headers.includes(index),
  );
  const at = next >= 0 ? headers[next]! : behind;
  if (at >= 0) return [...lines.slice(0, at), ...entry, '', ...lines.slice(at)].join(eol);
  while (lines.at(-1) === '') lines.pop();
  return [...lines, '', ...entry, ''].join(eol);
}

/** How a lock file names a dependency: with its version if the name alone could be several packages. */
function dependencyEntry(packages: readonly TomlTable[], name: string, file: string): string {
  const found = packages.filter((other) => other['name'] === name);
  // The one without a source is in the workspace.
  const [chosen] = found.length > 1 ? found.filter(({ source }) => source === undefined) : found;
  if (chosen === undefined) {
    throw new UserError(
      found.length === 0 ? `the package "${name}" is not in it` : `the package "${name}" is in it more than once`,
      { file, advice: 'bring it up to date: cargo update --workspace' },
    );
  }
  if (found.length === 1) return name;
  const version = chosen['version'] as string;
  return `${name} ${version}`;
}
