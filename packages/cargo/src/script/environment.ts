import { delimiter, join } from 'node:path';

/**
 * Variables of the user that a script may see: who and where the user is, how to reach the network, how fast to build.
 * Nothing that says what to build: Nx's hash of the task does not know it.
 */
const KEPT = new RegExp(
  [
    '^(HOME|USER|LOGNAME|SHELL|TMPDIR|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|SSH_AUTH_SOCK)$',
    '^(CARGO_HOME|RUSTUP_HOME|CARGO_BUILD_JOBS|RUSTC_WRAPPER)$',
    '^(CARGO_(HTTP|NET|REGISTRY|REGISTRIES|SOURCE|TERM)_|SCCACHE_|GIT_SSL_|SSL_CERT_)',
    '^((https?|all|no|ftp)_proxy|(HTTPS?|ALL|NO|FTP)_PROXY)$',
  ].join('|'),
);

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment that every script starts with. */
export function cleanEnvironment(user: Environment): Record<string, string> {
  const kept = Object.entries(user).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && KEPT.test(entry[0]),
  );
  // English messages, which are read below; sorting and dates that do not depend on the user.
  return { ...Object.fromEntries(kept), LANG: 'C.UTF-8', TZ: 'UTC' };
}

/** Where scripts find programs: ours in front of the compilers, those of `host:` recipes, of the Rust toolchain, of the user. */
export function scriptPath(folders: { front: string; toolchain: string; rust: string; user?: string }): string {
  const { front, toolchain, rust, user } = folders;
  return [front, join(toolchain, 'usr/bin'), rust, user].filter((folder) => folder).join(delimiter);
}
