import { type Diagnostic, hasErrors } from '@nx-redox/kit/toml';
import { accountsOf, HOME_FOLDERS, USER_DIRS_FILE, type Account } from './accounts';
import type { FileEntry, Origin, Sourced } from './config';
import { filesystemToml } from './filesystem-toml';
import { ImageTree, TreeError } from './image-tree';
import { compareNames, type MergedConfig } from './merge';
import type { InstallPlan, PackageStage, PlanDisk, StageEntry } from './plan';

export interface PlanInput {
  config: MergedConfig;
  /** Stages of all packages that are installed. */
  packages: readonly PackageStage[];
  /** Stage of package `bootloader`, which need not be installed; a disk without partitions needs none. */
  bootloader?: PackageStage;
  /** `build_id` of the package repository, if there is one: BUILD_ID in os-release. */
  buildId?: string;
}

export interface PlanResult {
  /** Undefined if something is wrong. */
  plan: InstallPlan | undefined;
  diagnostics: Diagnostic[];
}

/** MiB of the EFI system partition if the config does not say. */
const EFI_MIB = 1;

/**
 * What an image of a config holds, step for step as redox_installer makes it: files, packages, files after them, users,
 * groups. It does not throw and reads nothing: what is wrong is a diagnostic, with the line of the config.
 */
export async function installPlan({ config, packages, bootloader, buildId }: PlanInput): Promise<PlanResult> {
  const install = new Installation();
  const accounts = await accountsOf(config);
  install.diagnostics.push(...accounts.diagnostics, ...unsupported(config));

  for (const file of config.files) if (!file.postinstall) install.file(file);
  // The installer adds these behind the config's own files, so that packages come after them, too.
  install.step(ours, () => install.write('filesystem.toml', filesystemToml(config)));
  const release = osRelease(config.name, buildId);
  install.step(ours, () => install.write('usr/lib/os-release', release, { append: true }));
  install.packages(packages);
  for (const file of config.files) if (file.postinstall) install.file(file);
  for (const account of accounts.accounts) install.home(account);
  const { passwd, shadow, group } = accounts;
  if (passwd !== '') install.step(ours, () => install.write('etc/passwd', passwd));
  if (shadow !== '') install.step(ours, () => install.write('etc/shadow', shadow, SECRET));
  if (group !== '') install.step(ours, () => install.write('etc/group', group, SECRET));

  const { diagnostics } = install;
  const disk = diskOf(config, bootloader, diagnostics);
  checkRoot(install.tree, config, diagnostics);
  return { plan: hasErrors(diagnostics) ? undefined : { nodes: install.tree.nodes(), disk }, diagnostics };
}

/** Where something comes from, in words and, if the config says it, as a place. */
interface Source {
  said: string;
  origin?: Origin;
}

const ours: Source = { said: 'the installer' };
const SECRET = { mode: 0o600, uid: 0, gid: 0 };

class Installation {
  readonly tree = new ImageTree();
  readonly diagnostics: Diagnostic[] = [];
  #source: Source = ours;

  /** Does a step; what it cannot do becomes an error with the place that asks for it. */
  step(source: Source, action: () => void): void {
    this.#source = source;
    try {
      action();
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      this.diagnostics.push({
        severity: 'error',
        ...(source.origin ?? { file: source.said }),
        message: error.message,
        advice: ['the installer stops here, too: change one of the two'],
      });
    }
  }

  write(
    path: string,
    text: string,
    { append = false, mode = 0o644, uid, gid }: { append?: boolean; mode?: number; uid?: number; gid?: number } = {},
  ): void {
    this.tree.writeFile(path, [{ text }], { append, origin: this.#source.said });
    this.tree.setPermissions(path, { mode, uid, gid });
  }

  /** One of `[[files]]`. */
  file(entry: Sourced<FileEntry>): void {
    const { path, data, symlink, directory, append, uid, gid, recursive_chown, origin } = entry;
    const said = `${origin.file}:${origin.line}`;
    this.step({ said, origin }, () => {
      if (directory) {
        this.tree.makeDirectories(path, said);
        this.tree.setPermissions(path, { mode: entry.mode ?? 0o755, uid, gid });
        if (recursive_chown) this.tree.giveAll(path, { uid, gid });
      } else if (symlink) {
        this.tree.makeSymlink(path, data, said);
      } else {
        this.write(path, data, { append: append ?? false, mode: entry.mode ?? 0o644, uid, gid });
      }
    });
  }

  /**
   * Packages by name. First the folders of all of them are made, then their files are put in place from the last to the
   * first, and of two packages with the same file the first one has its way: that is how the package manager does it.
   * Folders are in a package only as parts of paths, so that empty ones are not installed.
   */
  packages(stages: readonly PackageStage[]): void {
    const files: { entry: Exclude<StageEntry, { kind: 'directory' }>; name: string }[] = [];
    const owners = new Map<string, string>();
    for (const { name, entries } of [...stages].sort((a, b) => compareNames(a.name, b.name))) {
      for (const entry of [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))) {
        if (entry.kind === 'directory') continue;
        const owner = owners.get(entry.path);
        if (owner !== undefined) {
          this.diagnostics.push({
            severity: 'warning',
            file: entry.path,
            message: `two packages bring this file: ${owner} and ${name}; that of ${owner} is taken`,
            advice: ['let only one of them install it'],
          });
          continue;
        }
        owners.set(entry.path, name);
        files.push({ entry, name });
      }
    }
    for (const { entry, name } of files)
      this.step(packageOf(name), () => this.tree.makeParents(entry.path, packageOf(name).said));
    for (const { entry, name } of files.reverse()) {
      const content =
        entry.kind === 'symlink'
          ? { target: entry.target }
          : // The package manager's mask takes these bits away.
            { mode: entry.mode & 0o7777 & ~0o022, content: [{ source: entry.source }] };
      this.step(packageOf(name), () => this.tree.place(entry.path, content, packageOf(name).said));
    }
  }

  /** A user's folder; people, who have numbers from 1000, get the usual folders and what /etc/skel holds. */
  home({ uid, gid, home, origin }: Account): void {
    const source = { said: origin, origin: { file: origin.slice(0, origin.lastIndexOf(':')), line: lineOf(origin) } };
    this.step(source, () => {
      const folder = (path: string) => {
        this.tree.makeDirectories(path, origin);
        this.tree.setPermissions(path, { mode: 0o700, uid, gid });
      };
      folder(home);
      this.tree.giveAll(home, { uid, gid });
      if (uid < 1000) return;
      for (const name of HOME_FOLDERS) folder(`${home}/${name}`);
      this.write(`${home}/.config/user-dirs.dirs`, USER_DIRS_FILE, { mode: 0o600, uid, gid });
      for (const { path, content } of this.tree.filesBelow('etc/skel') ?? []) {
        const place = `${home}/${path}`;
        if (content === undefined) {
          folder(place);
        } else {
          this.tree.writeFile(place, content, { append: false, origin });
          this.tree.setPermissions(place, { mode: 0o600, uid, gid });
        }
      }
    });
  }
}

function packageOf(name: string): Source {
  return { said: `package ${name}` };
}

function lineOf(origin: string): number {
  return Number(origin.slice(origin.lastIndexOf(':') + 1));
}

/** What is appended to os-release. */
function osRelease(name: string, buildId = ''): string {
  const line = (key: string, value: string) =>
    value === '' ? '' : `${key}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"\n`;
  return line('VARIANT', name) + line('BUILD_ID', buildId);
}

/** Settings that no image of ours can follow, and such as have no meaning here. */
function unsupported({ general }: MergedConfig): Diagnostic[] {
  const { encrypt_disk, write_bootloader } = general;
  return [
    ...(encrypt_disk === undefined || encrypt_disk.value === ''
      ? []
      : [
          {
            severity: 'error' as const,
            ...encrypt_disk.origin,
            message: 'encrypt_disk is not supported: an encrypted RedoxFS has random keys, so no two images are alike',
            advice: [
              'remove it; the password would stand in plain text in the config and in /filesystem.toml',
              'redoxfs-mkfs --encrypt makes an encrypted file system by hand',
            ],
          },
        ]),
    ...(write_bootloader === undefined
      ? []
      : [
          {
            severity: 'warning' as const,
            ...write_bootloader.origin,
            message: 'write_bootloader does nothing: the boot loader is in the stage of its recipe',
            advice: [],
          },
        ]),
  ];
}

function diskOf(
  { general, file }: MergedConfig,
  bootloader: PackageStage | undefined,
  diagnostics: Diagnostic[],
): PlanDisk {
  const live = general.live_disk?.value ?? false;
  const partitions = !(general.skip_partitions?.value ?? false);
  const base = live ? 'bootloader-live' : 'bootloader';
  const sourceOf = (name: string): string | undefined => {
    const found = bootloader?.entries.find(({ path }) => path === `usr/lib/boot/${name}`);
    return found?.kind === 'file' ? found.source : undefined;
  };
  const efi = partitions ? sourceOf(`${base}.efi`) : undefined;
  const bios = partitions ? sourceOf(`${base}.bios`) : undefined;
  if (partitions && efi === undefined && bios === undefined) {
    diagnostics.push({
      severity: 'error',
      ...(general.live_disk?.origin ?? { file }),
      message: `nothing starts the disk: package bootloader has no usr/lib/boot/${base}.efi and no ${base}.bios`,
      advice: ['build the recipe bootloader for this architecture'],
    });
  }
  const size = general.filesystem_size?.value;
  return {
    ...(size === undefined ? {} : { sizeMiB: size }),
    efiMiB: general.efi_partition_size?.value ?? EFI_MIB,
    partitions,
    bootloader: { ...(efi === undefined ? {} : { efi }), ...(bios === undefined ? {} : { bios }) },
  };
}

/** RedoxFS makes the root itself. */
function checkRoot({ root }: ImageTree, { files, file }: MergedConfig, diagnostics: Diagnostic[]): void {
  if (root.mode === 0o755 && root.uid === 0 && root.gid === 0) return;
  const entry = files.findLast(({ path }) => path.split('/').every((part) => part === '' || part === '.'));
  diagnostics.push({
    severity: 'error',
    ...(entry?.origin ?? { file }),
    message: 'the root directory is always root’s, with mode 0o755',
    advice: ['remove the entry, or its mode, uid and gid'],
  });
}
