import { blake3Hex } from '@nx-redox/kit';
import { argon2id } from '@noble/hashes/argon2';

/** The default of the crate rust-argon2 3, which redox_installer uses: KiB of memory, passes, lanes, bytes. */
const ARGON2 = { m: 19456, t: 2, p: 1, dkLen: 32, version: 0x13 } as const;

/** Known hashes: the same user is in many configs, and each hash takes a quarter of a second. */
const known = new Map<string, string>();

/**
 * A password as Redox keeps it in /etc/shadow: Argon2id in its published text form; nothing for no password.
 * @param salt at least 8 characters.
 */
export function hashPassword(password: string, salt: string): string {
  if (password === '') return '';
  const key = `${salt}\0${password}`;
  let hash = known.get(key);
  if (hash === undefined) {
    const { m, t, p, version } = ARGON2;
    const digest = argon2id(Buffer.from(password), Buffer.from(salt), ARGON2);
    hash = `$argon2id$v=${version}$m=${m},t=${t},p=${p}$${base64(Buffer.from(salt))}$${base64(digest)}`;
    known.set(key, hash);
  }
  return hash;
}

/**
 * The salt of a user's password. The installer takes 64 random bits in hex, and images would never be alike; this one
 * follows from the names of config and user, so that it differs between users and stays the same between builds. The
 * password must not be part of it: a quick hash of the salt would then tell whether a guess is right.
 */
export function saltOf(config: string, user: string): string {
  return blake3Hex(`nx-redox shadow salt\0${config}\0${user}`).slice(0, 16).toUpperCase();
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
