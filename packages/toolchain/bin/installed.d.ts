/** The record of what `toolchain:install` left behind, relative to the workspace. */
export const INSTALLED: string;

/** Size in bytes and time stamp of each file, by its path; null for one that is not there. */
export function stampsOf(paths: readonly string[]): Record<string, string | null>;

/** SHA-256 of a file's content, in hex. @throws if it cannot be read. */
export function contentOf(path: string): string;

/**
 * One line that stays the same for as long as `toolchain:install` would find and write what it did the last time; else a
 * new one at each call.
 */
export function installedState(workspaceRoot: string): string;
