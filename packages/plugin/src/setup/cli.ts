import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatError, type Output, run, UserError, writeFileWhole } from '@nx-redox/kit';
import { planSetup } from './plan';

const USAGE = `nx-redox init [options]

Makes a checkout of Redox's cookbook an Nx workspace: writes package.json, nx.json, .nxignore and .env, and installs what
they name. Nothing of the checkout's own is changed; git does not see the new files (.git/info/exclude).

  --dry-run      say what would be written, and write nothing
  --track        leave the new files for git to track; only what builds make is ignored, in .gitignore
  --no-install   do not run npm install
`;

/** The Nx that new workspaces get: what this repository is tested with. */
export const NX = '^23.2.1';

/** The program `nx-redox`. @returns its exit code. */
export async function main(args: readonly string[], { out, err }: Output, root = process.cwd()): Promise<number> {
  try {
    const [command, ...rest] = args;
    if (command !== 'init' || rest.includes('--help')) {
      (command === undefined || command === '--help' || command === 'init' ? out : err)(USAGE);
      return command === undefined || command === '--help' || command === 'init' ? 0 : 2;
    }
    const { values } = parseArgs({
      args: rest,
      options: {
        'dry-run': { type: 'boolean', default: false },
        track: { type: 'boolean', default: false },
        'no-install': { type: 'boolean', default: false },
      },
    });
    return await init(resolve(root), values, out);
  } catch (error) {
    const wrongOption = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
    err(`${wrongOption ? `${(error as Error).message}\n\n${USAGE}` : formatError(error)}\n`);
    return wrongOption ? 2 : 1;
  }
}

interface Values {
  'dry-run': boolean;
  track: boolean;
  'no-install': boolean;
}

async function init(root: string, values: Values, out: Output['out']): Promise<number> {
  const files = planSetup(root, { track: values.track, versions: ownVersions() });
  const would = values['dry-run'] ? 'would ' : '';
  for (const { path, text, isNew } of files) {
    if (!values['dry-run']) await writeFileWhole(join(root, path), text);
    out(`${would}${isNew ? 'create' : 'change'}${would === '' ? 'd' : ''} ${path}\n`);
  }
  if (files.length === 0) out('The checkout is set up already: nothing was changed.\n');
  if (values['dry-run']) return 0;
  if (!values['no-install'] && files.some(({ path }) => path === 'package.json')) {
    out('npm install …\n');
    const { exitCode, stderr } = await run('npm', ['install', '--no-fund', '--no-audit'], {
      cwd: root,
      missing: 'install Node.js with npm',
    });
    if (exitCode !== 0)
      throw new UserError(`npm install failed:\n${stderr.trim()}`, { advice: 'run it again by hand' });
  }
  out('\nNext: npx nx run minimal:boot\n');
  return 0;
}

/** The versions that belong to this one. */
function ownVersions(): { nx: string; plugin: string } {
  const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return { plugin: (JSON.parse(text) as { version: string }).version, nx: NX };
}
