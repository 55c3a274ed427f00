import { visible } from './visible';

/** Where a problem is and what to do about it. Lines and columns count from 1. */
export interface UserErrorDetails {
  file?: string;
  line?: number;
  column?: number;
  /** What the user can do; each entry is one way out. */
  advice?: string | readonly string[];
  cause?: unknown;
}

/** A problem the user can fix. It is shown without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly advice: readonly string[];

  constructor(message: string, details: UserErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.file = details.file;
    this.line = details.line;
    this.column = details.column;
    this.advice = typeof details.advice === 'string' ? [details.advice] : (details.advice ?? []);
  }
}

/** `file:line:column`, as far as they are known. */
export function formatLocation(at: { file?: string; line?: number; column?: number }): string {
  return [at.file, at.line, at.column].filter((part) => part !== undefined).join(':');
}

const CACHE_ADVICE = 'caches can be moved to another disk: REDOX_SOURCE_HOME, REDOX_TOOLCHAIN_HOME, NX_CACHE_DIRECTORY';

/** What is to be done about a system that will not write or open a file (errno(3)). */
const SYSTEM_ADVICE: Readonly<Record<string, { what: string; advice: readonly string[] }>> = {
  ENOSPC: { what: 'the disk is full', advice: ['make room there (df -h shows how much is left)', CACHE_ADVICE] },
  EDQUOT: { what: 'your quota of disk space is used up', advice: ['make room (quota -s shows it)', CACHE_ADVICE] },
  EROFS: {
    what: 'the file system is mounted read-only',
    advice: ['mount it for writing, or work in a copy elsewhere', CACHE_ADVICE],
  },
  EACCES: {
    what: 'permission denied',
    advice: ['look who owns it (ls -ld); files that were made with sudo or in a container often belong to root'],
  },
  EPERM: { what: 'the system does not allow it', advice: ['look who owns it, and for flags of the file (lsattr)'] },
  EMFILE: { what: 'too many files are open in this process', advice: ['allow more: ulimit -n 8192'] },
  ENFILE: { what: 'too many files are open on this machine', advice: ['end other programs, or raise fs.file-max'] },
  ENAMETOOLONG: { what: 'the name is too long for this file system', advice: ['work in a folder with a shorter path'] },
  EFBIG: { what: 'the file is larger than this file system or process may have', advice: ['ulimit -f shows a limit'] },
  EIO: { what: 'the disk does not answer as it should', advice: ['look at the messages of the kernel (dmesg)'] },
};

/**
 * A file error of the system as one that a user understands; undefined for all others. The file is the one that the
 * system names.
 */
export function explainSystemError(error: unknown): UserError | undefined {
  const { code, syscall, path, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  const known = code === undefined ? undefined : SYSTEM_ADVICE[code];
  if (known === undefined || syscall === undefined) return undefined;
  const file = dest ?? path;
  return new UserError(`${known.what} (${code}, ${syscall})`, {
    ...(file === undefined ? {} : { file }),
    advice: known.advice,
    cause: error,
  });
}

// eslint-disable-next-line no-control-regex -- colours of a terminal (ECMA-48, SGR)
const COLOUR = /(\u001b\[[0-9;]*m)/;

/** Names and words from outside as people may see them; a compiler's own colours stay. */
function shown(text: string): string {
  const parts = text.split(COLOUR);
  return parts.map((part, index) => (index % 2 === 0 ? visible(part) : part)).join('');
}

/**
 * The text a user sees for an error: place, what happened, advice.
 * An error that is no {@link UserError} is a defect of ours and keeps its stack.
 */
export function formatError(error: unknown): string {
  const known = error instanceof UserError ? error : explainSystemError(error);
  if (known !== undefined) {
    const place = formatLocation(known);
    return shown(
      [
        place ? `${place}: ${known.message}` : known.message,
        ...known.advice.map((line) => `  → ${line.replaceAll('\n', '\n    ')}`),
      ].join('\n'),
    );
  }
  if (error instanceof Error) {
    return error.stack ?? error.message;
  }
  return String(error);
}
