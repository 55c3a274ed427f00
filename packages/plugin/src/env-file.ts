/** Settings of Nx that every command in a workspace of ours reads, relative to the workspace root. */
export const ENV_FILE = '.env';

/**
 * Nx starts a process for each of its plugins in each command, unless the daemon runs: more than half of the time that
 * a command needs (docs/performance.md).
 */
export const ENV_TEXT = `# Nx loads its plugins itself, instead of starting a process for each: every command is 1 to 2 s faster.
NX_ISOLATE_PLUGINS=false
`;
