import { blake3Hex } from '@nx-redox/kit';
import { argon2id } from 'hash-wasm';

/** The default of the crate rust-argon2 3, which redox_installer uses: KiB of memory, passes, lanes, bytes. */
const ARGON2 = { memorySize: 19456, iterations: 2, parallelism: 1, hashLength: 32 } as const;

/**
 * A password as Redox keeps it in /etc/shadow: Argon2id in its published text form; nothing for no password.
 * @param salt at least 8 characters.
 */
export async function hashPassword(password: string, salt: string): Promise<string> {
  if (password === '') return '';
  return argon2id({ ...ARGON2, password, salt, outputType: 'encoded' });
}

/**
 * The salt of a user's password. The installer takes 64 random bits in hex, and images would never be alike; this one
 * follows from the names of config and user, so that it differs between users and stays the same between builds. The
 * password must not be part of it: a quick hash of the salt would then tell whether a guess is right.
 */
export function saltOf(config: string, user: string): string {
  return blake3Hex(`nx-redox shadow salt\0${config}\0${user}`).slice(0, 16).toUpperCase();
}
