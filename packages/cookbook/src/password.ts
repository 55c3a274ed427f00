import * as crypto from 'node:crypto';
import { blake3Hex } from '@nx-redox/kit';
import { argon2id } from 'hash-wasm';

/** The default of the crate rust-argon2 3, which redox_installer uses: KiB of memory, passes, lanes, bytes. */
const ARGON2 = { memorySize: 19456, iterations: 2, parallelism: 1, hashLength: 32 } as const;

/** Argon2 as Node has it since 24.7, in threads of its own; its types come later. */
type NativeArgon2 = (
  algorithm: 'argon2id',
  parameters: {
    message: string;
    nonce: string;
    memory: number;
    passes: number;
    parallelism: number;
    tagLength: number;
  },
  done: (error: Error | null, hash: Buffer) => void,
) => void;
const native = (crypto as { argon2?: NativeArgon2 }).argon2 ?? null;

/**
 * A password as Redox keeps it in /etc/shadow: Argon2id in its published text form; nothing for no password.
 * @param salt at least 8 characters.
 * @param argon2 Node's; without it WebAssembly does the same in twice the time.
 */
export async function hashPassword(password: string, salt: string, argon2 = native): Promise<string> {
  if (password === '') return '';
  const { memorySize: memory, iterations: passes, parallelism, hashLength: tagLength } = ARGON2;
  const parameters = { message: password, nonce: salt, memory, passes, parallelism, tagLength };
  const hash = await new Promise<Buffer | undefined>((resolve) => {
    // Of a Node that has it without the OpenSSL for it, the call itself fails.
    if (argon2 === null) resolve(undefined);
    else argon2('argon2id', parameters, (error, found) => resolve(error === null ? found : undefined));
  }).catch(() => undefined);
  if (hash === undefined) return argon2id({ ...ARGON2, password, salt, outputType: 'encoded' });
  const [salted, hashed] = [Buffer.from(salt), hash].map((bytes) => bytes.toString('base64').replace(/=+$/, ''));
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${salted}$${hashed}`;
}

/**
 * The salt of a user's password. The installer takes 64 random bits in hex, and images would never be alike; this one
 * follows from the names of config and user, so that it differs between users and stays the same between builds. The
 * password must not be part of it: a quick hash of the salt would then tell whether a guess is right.
 */
export function saltOf(config: string, user: string): string {
  return blake3Hex(`nx-redox shadow salt\0${config}\0${user}`).slice(0, 16).toUpperCase();
}
