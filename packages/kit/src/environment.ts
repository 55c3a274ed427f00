/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables of the user that code from outside may see: the scripts of recipes and sources, cargo and with it every
 * build.rs. They say who and where the user is, how to reach the network and how fast to build, and nothing about what
 * is built, since no hash of a task knows them.
 */
const ALLOWED = new RegExp(
  [
    '^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|CLICOLOR_FORCE)$',
    '^XDG_(CACHE|CONFIG|DATA|STATE|RUNTIME)_(HOME|DIR)$',
    '^(CARGO_HOME|RUSTUP_HOME|CARGO_BUILD_JOBS|(CARGO_BUILD_)?RUSTC_WRAPPER)$',
    '^(CARGO_(HTTP|NET|REGISTRY|REGISTRIES|SOURCE|TERM)_|SCCACHE_|CCACHE_)',
    '^(GIT_SSL_\\w+|SSL_CERT_(FILE|DIR)|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|GIT_TERMINAL_PROMPT)$',
    '^((https?|all|no|ftp)_proxy|(HTTPS?|ALL|NO|FTP)_PROXY)$',
    // Where this machine has its own compilers and libraries.
    '^(LD_LIBRARY_PATH|DYLD_\\w+|SDKROOT|DEVELOPER_DIR|NIX_\\w+)$',
  ].join('|'),
);

/** What gives access to something, whatever it is allowed for. */
const SECRET = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_KEY|PRIVATE|(^|_)AUTH(_|$)/i;

/**
 * The part of an environment that code from outside gets. Messages are in English, and sorting and dates do not depend
 * on the user.
 *
 * @param more names that the recipe asks for (`[nx] env`); they are in the hash of its tasks.
 */
export function outsideEnvironment(user: Environment, more: readonly string[] = []): Record<string, string> {
  const allowed = Object.entries(user).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (more.includes(entry[0]) || (ALLOWED.test(entry[0]) && !SECRET.test(entry[0]))),
  );
  return { LANG: 'C.UTF-8', TZ: 'UTC', ...Object.fromEntries(allowed) };
}

/** As {@link outsideEnvironment}, with an undefined value for each variable of this process that is not in it. */
export function onlyVariables(environment: Environment): Record<string, string | undefined> {
  return { ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])), ...environment };
}
