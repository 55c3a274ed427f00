/** Where a problem is and what to do about it. Lines and columns count from 1. */
export interface UserErrorDetails {
  file?: string;
  line?: number;
  column?: number;
  /** What the user can do; each entry is one way out. */
  advice?: string | readonly string[];
  cause?: unknown;
}

/** A problem the user can mend. It is shown without a stack trace. */
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

/**
 * The text a user sees for an error: place, what happened, advice.
 * An error that is no {@link UserError} is a defect of ours and keeps its stack.
 */
export function formatError(error: unknown): string {
  if (error instanceof UserError) {
    const place = formatLocation(error);
    return [
      place ? `${place}: ${error.message}` : error.message,
      ...error.advice.map((line) => `  → ${line.replaceAll('\n', '\n    ')}`),
    ].join('\n');
  }
  if (error instanceof Error) {
    return error.stack ?? error.message;
  }
  return String(error);
}
