import { argon2id } from '@noble/hashes/argon2';
import { blake3Hex, UserError } from '@nx-redox/kit';
import type { MergedConfig } from '@nx-redox/cookbook';
import type { InstallTree } from './tree';

/** Folders that the installer makes in the home of a person (uid 1000 and more). */
const HOME_FOLDERS = [
  ...['Desktop', 'Documents', 'Downloads', 'Music', 'Pictures', 'Public', 'Templates', 'Videos'],
  ...['.config', '.local', '.local/share', '.local/share/Trash', '.local/share/Trash/info'],
];

/** Variables of user-dirs.dirs (freedesktop.org, xdg-user-dirs) and the folders that they name. */
const USER_DIRS: readonly (readonly [string, string])[] = [
  ['DESKTOP', 'Desktop'],
  ['DOCUMENTS', 'Documents'],
  ['DOWNLOAD', 'Downloads'],
  ['MUSIC', 'Music'],
  ['PICTURES', 'Pictures'],
  ['PUBLICSHARE', 'Public'],
  ['TEMPLATES', 'Templates'],
  ['VIDEOS', 'Videos'],
];

const FIRST_ID = 1000;

/** Costs that redox_users and the installer use (argon2id; memory in KiB). */
const COST = { t: 2, m: 19_456, p: 1, dkLen: 32 };

/**
 * The hash of a password as shadow has it: `$argon2id$v=19$…`, empty for an empty password. The installer takes a random
 * salt; here it follows from the user and the password, so that the same config gives the same image.
 */
export function passwordHash(user: string, password: string): string {
  if (password === '') return '';
  const salt = blake3Hex(`nx-redox salt\0${user}\0${password}`).slice(0, 16).toUpperCase();
  const hash = argon2id(password, salt, COST);
  const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${COST.m},t=${COST.t},p=${COST.p}$${base64(salt)}$${base64(hash)}`;
}

/** Gives numbers to those that have none: the next one above all before, from 1000 on. */
function numbers(): (wanted: number | undefined) => number {
  let next = FIRST_ID;
  return (wanted) => {
    const number = wanted ?? next;
    next = Math.max(next, number + 1);
    return number;
  };
}

/**
 * Adds users and groups as the installer does: homes, then passwd, shadow and group (fields are separated by semicolons).
 *
 * @param readText reads a file of a stage, for etc/skel.
 * @throws {UserError} for a user without a password, if the config lets the installer ask for one.
 */
export function addAccounts(tree: InstallTree, config: MergedConfig, readText: (file: string) => string): void {
  const nextUid = numbers();
  const nextGid = numbers();
  const passwd: string[] = [];
  const shadow: string[] = [];
  const groups: string[] = [];
  for (const [name, user] of config.users) {
    const origin = `${user.origin.file}:${user.origin.line}`;
    if (user.password === undefined && config.general.prompt?.value !== false) {
      throw new UserError(`user "${name}" has no password, and there is nobody to ask`, {
        ...user.origin,
        advice: [
          `[users.${name}] password = "…", or "" for none`,
          '[general] prompt = false in the first config that has [general]: then users without a password have none',
        ],
      });
    }
    const uid = nextUid(user.uid);
    const gid = nextGid(user.gid);
    const home = user.home ?? `/home/${name}`;
    tree.change(tree.directory(home, origin), { mode: 0o700, uid, gid }, true);
    if (uid >= FIRST_ID) addHome(tree, home, { uid, gid }, origin, readText);
    passwd.push(`${name};${uid};${gid};${user.name ?? name};${home};${user.shell ?? '/bin/ion'}\n`);
    shadow.push(`${name};${passwordHash(name, user.password ?? '')}\n`);
    groups.push(`${name};x;${gid};${name}\n`);
  }
  for (const [name, { gid, members = [] }] of config.groups) {
    groups.push(`${name};x;${nextGid(gid)};${members.join(',')}\n`);
  }
  const write = (path: string, lines: readonly string[], mode?: number): void => {
    if (lines.length === 0) return;
    const place = tree.file(path, lines.join(''), mode, 'users and groups of the config');
    if (mode !== undefined) tree.change(place, { uid: 0, gid: 0 });
  };
  write('etc/passwd', passwd);
  write('etc/shadow', shadow, 0o600);
  write('etc/group', groups, 0o600);
}

function addHome(
  tree: InstallTree,
  home: string,
  owner: { uid: number; gid: number },
  origin: string,
  readText: (file: string) => string,
): void {
  for (const folder of HOME_FOLDERS)
    tree.change(tree.directory(`${home}/${folder}`, origin), { mode: 0o700, ...owner });
  const dirs = USER_DIRS.map(([name, folder]) => `XDG_${name}_DIR="$HOME/${folder}"\n`).join('');
  tree.change(tree.file(`${home}/.config/user-dirs.dirs`, dirs, 0o600, origin), owner);
  copySkel(tree, tree.resolveEnd('etc/skel', origin), home, owner, origin, readText);
}

/** Copies folders and files, as the installer does; it leaves links out. */
function copySkel(
  tree: InstallTree,
  from: string,
  to: string,
  owner: { uid: number; gid: number },
  origin: string,
  readText: (file: string) => string,
): void {
  for (const path of tree.entries(from)) {
    const node = tree.nodes.get(path)!;
    const target = `${to}/${path.slice(from.length + 1)}`;
    if (node.kind === 'directory') {
      const isNew = !tree.nodes.has(tree.resolveEnd(target, origin));
      const place = tree.directory(target, origin);
      if (isNew) tree.change(place, { mode: 0o700, ...owner });
      copySkel(tree, path, target, owner, origin, readText);
    } else if (node.kind === 'file') {
      const { content } = node;
      const text = typeof content === 'string' ? content : readText(content!.from) + (content!.appended ?? '');
      tree.change(tree.file(target, text, 0o600, origin), owner);
    }
  }
}
