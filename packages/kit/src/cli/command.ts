import { parseArgs, type ParseArgsConfig } from 'node:util';
import { formatError, UserError } from '../user-error';

/** Where a command-line tool writes to. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** A wrong command line: the usage is shown and the exit status is 2. */
export class UsageError extends UserError {}

/** `node:util`'s parser; its complaints become {@link UsageError}s. */
export function parseCommandLine<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true; strict: true }>> {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0] as string);
  }
}

/** A value of an option with a fixed set of values. */
export function oneOf<T extends string>(
  option: string,
  value: string | undefined,
  values: readonly T[],
): T | undefined {
  if (value === undefined || (values as readonly string[]).includes(value)) return value as T | undefined;
  throw new UsageError(`--${option} is "${value}"; it can be ${values.join(', ')}`);
}

/**
 * Runs a command-line tool: 0 is success, 1 a finding or a failure, 2 a wrong command line.
 */
export async function runTool(usage: string, output: Output, body: () => Promise<number>): Promise<number> {
  try {
    return await body();
  } catch (error) {
    output.err(`${formatError(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    output.err(`\n${usage}`);
    return 2;
  }
}

/** A tool's commands by name: each gets the arguments after its name and gives the exit status. */
export type Commands = Record<string, (args: string[], output: Output) => Promise<number>>;

/** Runs the command that the first argument names, or shows the usage; see {@link runTool} for the exit status. */
export function runCommand(usage: string, output: Output, args: string[], commands: Commands): Promise<number> {
  return runTool(usage, output, async () => {
    const [name, ...rest] = args;
    if (name === 'help' || name === '--help' || name === '-h') {
      output.out(usage);
      return 0;
    }
    const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new UsageError(name === undefined ? 'a command is missing' : `there is no command "${name}"`);
    return command(rest, output);
  });
}

/** JSON for scripts: 64-bit numbers as "0x…" texts, bytes left out. */
export function toJson(value: unknown): string {
  const replace = (_: string, item: unknown) =>
    typeof item === 'bigint' ? `0x${item.toString(16)}` : item instanceof Uint8Array ? undefined : item;
  return `${JSON.stringify(value, replace, 2)}\n`;
}
