import { UserError } from '@nx-redox/kit';
import type { FileEntry, MergedConfig, Sourced } from '@nx-redox/cookbook';
import { stringify } from 'smol-toml';
import { addAccounts } from './accounts';
import { InstallTree } from './tree';

/** What a package installs, as its stage holds it. */
export interface PackageStage {
  name: string;
  /** Relative to the stage, with `/`; folders before what is in them. */
  entries: readonly StageEntry[];
}

export interface StageEntry {
  path: string;
  kind: 'directory' | 'file' | 'symlink';
  mode: number;
  /** Of a file: where it lies, relative to the workspace. */
  from?: string;
  /** Of a symlink. */
  target?: string;
}

/**
 * The file system that the installer would write for a config, in its order (redox-os/installer, src/installer.rs):
 * files, packages by name, files after the packages, users, groups. The merged config goes into /filesystem.toml, and
 * VARIANT to the end of usr/lib/os-release, as its program does.
 *
 * @param name of the config.
 * @throws {UserError} naming the line of the config that cannot be carried out.
 */
export function planInstallation(
  name: string,
  config: MergedConfig,
  packages: readonly PackageStage[],
  readText: (file: string) => string,
): InstallTree {
  const { encrypt_disk: encryption } = config.general;
  if (encryption !== undefined) {
    throw new UserError('[general] encrypt_disk: disks are not encrypted here', {
      ...encryption.origin,
      advice:
        'the key would follow from the config, and everybody could read it; leave it out, or use the installer itself',
    });
  }
  const tree = new InstallTree();
  const files: Sourced<FileEntry>[] = [
    ...config.files,
    written('filesystem.toml', filesystemToml(config)),
    { ...written('/usr/lib/os-release', `VARIANT=${quoted(name)}\n`), append: true },
  ];
  for (const file of files) if (file.postinstall !== true) addFile(tree, file);
  for (const { name: from, entries } of [...packages].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const { path, kind, mode, ...rest } of entries) {
      const origin = `package ${from}`;
      if (kind === 'directory') tree.directory(path, origin);
      else if (kind === 'symlink') {
        tree.replace(path, { kind, mode: 0o777, uid: 0, gid: 0, target: rest.target!, origin });
      } else tree.replace(path, { kind, mode, uid: 0, gid: 0, content: { from: rest.from! }, origin });
    }
  }
  for (const file of files) if (file.postinstall === true) addFile(tree, file);
  addAccounts(tree, config, readText);
  return tree;
}

const written = (path: string, data: string): Sourced<FileEntry> => ({
  path,
  data,
  origin: { file: 'the installer', line: 0 },
});
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

function addFile(tree: InstallTree, file: Sourced<FileEntry>): void {
  const { path, data, symlink, directory, mode, uid, gid, recursive_chown: recursive, append } = file;
  const origin = `${file.origin.file}:${file.origin.line}`;
  if (symlink === true) {
    tree.symlink(path, data, origin);
    return;
  }
  const place = directory === true ? tree.directory(path, origin) : tree.file(path, data, undefined, origin, append);
  tree.change(place, { mode: mode ?? (directory === true ? 0o755 : 0o644), uid, gid }, recursive);
}

/** The merged config as TOML, without the places that it comes from. */
function filesystemToml({ general, packages, files, users, groups }: MergedConfig): string {
  const plain = (entry: object): object =>
    Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'origin'));
  const map = (table: ReadonlyMap<string, object>) =>
    Object.fromEntries([...table].map(([key, value]) => [key, plain(value)]));
  return stringify({
    general: Object.fromEntries(Object.entries(general).map(([key, { value }]) => [key, value])),
    packages: Object.fromEntries([...packages].map(([key, { rule }]) => [key, rule ?? {}])),
    files: files.map(plain),
    users: map(users),
    groups: map(groups),
  });
}
