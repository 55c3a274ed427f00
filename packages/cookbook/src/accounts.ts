import type { Diagnostic } from '@nx-redox/kit/toml';
import { hashPassword, saltOf } from './password';
import type { MergedConfig } from './merge';

/** A user as the image has it. */
export interface Account {
  user: string;
  uid: number;
  gid: number;
  home: string;
  /** `config/base.toml:12`. */
  origin: string;
}

export interface Accounts {
  accounts: Account[];
  /** Contents of /etc/passwd, /etc/shadow and /etc/group; empty: the file is not written. */
  passwd: string;
  shadow: string;
  group: string;
  diagnostics: Diagnostic[];
}

/** First number of users and groups that are given out. */
const FIRST_ID = 1000;

/**
 * Users and groups in the order of their names, with numbers, passwords as Argon2 hashes, and the lines of /etc: Redox
 * parts fields by `;`. Each user has a group of the same name.
 */
export async function accountsOf({ users, groups, general, name: configName }: MergedConfig): Promise<Accounts> {
  const diagnostics: Diagnostic[] = [];
  const accounts: Account[] = [];
  const groupLines: { name: string; gid: number; members: readonly string[] }[] = [];
  const uids = new Map<number, string>();
  let passwd = '';
  const shadow: Promise<string>[] = [];
  let nextUid = FIRST_ID;
  let nextGid = FIRST_ID;
  for (const [user, entry] of users) {
    // The installer asks for it, unless [general] says not to.
    if (entry.password === undefined && (general.prompt?.value ?? true)) {
      diagnostics.push({
        severity: 'error',
        ...entry.origin,
        message: `user "${user}" has no password, and nobody can be asked for one`,
        advice: [
          `write it: [users.${user}] password = "…", or password = "" for a login without one`,
          'or let all such users have none: [general] prompt = false in the first file that is included',
        ],
      });
    }
    const uid = entry.uid ?? nextUid;
    const gid = entry.gid ?? nextGid;
    nextUid = Math.max(nextUid, uid + 1);
    nextGid = Math.max(nextGid, gid + 1);
    const other = uids.get(uid);
    if (other !== undefined) {
      diagnostics.push({
        severity: 'warning',
        ...entry.origin,
        message: `users "${other}" and "${user}" both have the number ${uid}`,
        advice: ['numbers are given out in the order of the names: give one of them another uid'],
      });
    }
    uids.set(uid, user);
    const { name = user, home = `/home/${user}`, shell = '/bin/ion', password = '' } = entry;
    passwd += `${user};${uid};${gid};${name};${home};${shell}\n`;
    // Each takes as long as much else of an image.
    shadow.push(hashPassword(password, saltOf(configName, user)).then((hash) => `${user};${hash}\n`));
    groupLines.push({ name: user, gid, members: [user] });
    accounts.push({ user, uid, gid, home, origin: `${entry.origin.file}:${entry.origin.line}` });
  }
  for (const [name, { gid: given, members, origin }] of groups) {
    const gid = given ?? nextGid;
    nextGid = Math.max(nextGid, gid + 1);
    if (users.has(name)) {
      diagnostics.push({
        severity: 'warning',
        ...origin,
        message: `group "${name}" is there twice: user "${name}" has a group of that name already`,
        advice: ['rename or remove it'],
      });
    }
    groupLines.push({ name, gid, members });
  }
  const group = groupLines.map(({ name, gid, members }) => `${name};x;${gid};${members.join(',')}\n`).join('');
  return { accounts, passwd, shadow: (await Promise.all(shadow)).join(''), group, diagnostics };
}

/** Folders of a user with a number of 1000 and more, in the order in which they are made. */
export const HOME_FOLDERS = [
  'Desktop',
  'Documents',
  'Downloads',
  'Music',
  'Pictures',
  'Public',
  'Templates',
  'Videos',
  '.config',
  '.local',
  '.local/share',
  '.local/share/Trash',
  '.local/share/Trash/info',
];

const USER_DIRS = {
  DESKTOP: 'Desktop',
  DOCUMENTS: 'Documents',
  DOWNLOAD: 'Downloads',
  MUSIC: 'Music',
  PICTURES: 'Pictures',
  PUBLICSHARE: 'Public',
  TEMPLATES: 'Templates',
  VIDEOS: 'Videos',
};

/** Content of `.config/user-dirs.dirs`. */
export const USER_DIRS_FILE = [
  '# Produced by redox installer',
  ...Object.entries(USER_DIRS).map(([key, folder]) => `XDG_${key}_DIR="$HOME/${folder}"`),
  '',
].join('\n');
