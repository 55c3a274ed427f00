import { parseArgs } from 'node:util';
import { formatError, type Output, UserError } from '@nx-redox/kit';
import { formatLint, lintFolder, lintJson, lintPassed } from '@nx-redox/recipe';
import { runDoctor } from '../run-doctor';

const USAGE = `redox-recipe lint [--json] [--strict] FOLDER
redox-recipe doctor [--json] [--fix] [--kernel=FOLDER] FOLDER…

lint says what is unpinned, unverified, fetched over plain http or unreadable in the recipe.toml files below FOLDER.
  --json     print the report as JSON
  --strict   warnings fail too

doctor says what in lock files and fetched sources of the recipes below FOLDER cannot work together.
  --json     print the report as JSON
  --fix      write what a lock file can fix as a patch of the recipe
  --kernel   recipe of the kernel to compare system calls with; default: the one that system.toml names

Exit code: 0 nothing found, 1 something found, 2 wrong usage.
`;

/** The program `redox-recipe`. Folders are relative to `root`. @returns its exit code. */
export async function main(args: readonly string[], output: Output, root = process.cwd()): Promise<number> {
  const { out, err } = output;
  try {
    const [command, ...rest] = args;
    if (args.includes('--help') || args.includes('-h')) {
      out(USAGE);
      return 0;
    }
    if (command === 'lint') return lint(rest, output, root);
    if (command === 'doctor') return await doctor(rest, output, root);
    err(USAGE);
    return 2;
  } catch (error) {
    const wrongOption = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
    err(`${wrongOption ? (error as Error).message : formatError(error)}\n`);
    return wrongOption || error instanceof UserError ? 2 : 1;
  }
}

function lint(args: readonly string[], { out, err }: Output, root: string): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
  });
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) {
    err(USAGE);
    return 2;
  }
  const report = lintFolder(root, folder.replace(/(?<=.)\/+$/, ''));
  out(`${values.json ? lintJson(report) : formatLint(report)}\n`);
  return lintPassed(report, values.strict) ? 0 : 1;
}

async function doctor(args: readonly string[], { out, err }: Output, root: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      fix: { type: 'boolean', default: false },
      kernel: { type: 'string' },
    },
  });
  if (positionals.length === 0) {
    err(USAGE);
    return 2;
  }
  const { text, passed } = await runDoctor(root, positionals, values);
  out(`${text}\n`);
  return passed ? 0 : 1;
}
