import { parseArgs } from 'node:util';
import { formatError, UserError } from '@nx-redox/common';
import { formatLint, lintFolder, lintJson, lintPassed } from '../lint';

const USAGE = `redox-recipe lint [--json] [--strict] FOLDER

  Says what is unpinned, unverified, fetched over plain http or unreadable in the recipe.toml files below FOLDER.
  --json     print the report as JSON
  --strict   warnings fail too

Exit code: 0 nothing found, 1 something found, 2 wrong usage.
`;

/** Where the program writes. */
export interface Output {
  out: (text: string) => void;
  err: (text: string) => void;
}

/** The program `redox-recipe`. Folders are relative to `root`. @returns its exit code. */
export function main(args: readonly string[], { out, err }: Output, root = process.cwd()): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      out(USAGE);
      return 0;
    }
    const [command, folder, ...rest] = positionals;
    if (command !== 'lint' || folder === undefined || rest.length > 0) {
      err(USAGE);
      return 2;
    }
    const report = lintFolder(root, folder.replace(/(?<=.)\/+$/, ''));
    out(`${values.json ? lintJson(report) : formatLint(report)}\n`);
    return lintPassed(report, values.strict) ? 0 : 1;
  } catch (error) {
    const wrongOption = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
    err(`${wrongOption ? (error as Error).message : formatError(error)}\n`);
    return wrongOption || error instanceof UserError ? 2 : 1;
  }
}
