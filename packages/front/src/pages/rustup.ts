import { join } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { execute } from '../exec';
import { recordCall } from '../record';
import { type FrontSettings, placesOf } from '../settings';

/** Commands that change which toolchains, targets and components there are. All that a build needs is there. */
const DONE = new Set(['install', 'update', 'toolchain', 'target', 'component', 'default', 'override', 'set', 'self']);

/** `rustup`: there is one toolchain, and it is complete. */
export function rustupPage(settings: FrontSettings, argv: readonly string[]): Promise<number> {
  const words = argv.filter((word) => !/^(-q|-v|--quiet|--verbose|\+.*)$/.test(word));
  const [command, ...rest] = words;
  const { bin } = placesOf(settings.dir);
  const print = (text: string): Promise<number> => {
    process.stdout.write(`${text}\n`);
    return Promise.resolve(0);
  };
  const name = `nx-redox-${settings.host}`;
  switch (command) {
    case 'run': {
      const [, program, ...args] = rest.filter((word) => word !== '--install');
      if (program === undefined) throw new UserError('rustup run: no program is named');
      return execute(program, args);
    }
    case 'which':
      return print(join(bin, rest.find((word) => !word.startsWith('-')) ?? 'rustc'));
    case 'show':
      return print(rest[0] === 'home' ? settings.home : name);
    case 'toolchain':
    case 'target':
    case 'component':
      if (rest[0] === 'list')
        return print(
          rest.includes('--installed') || command === 'toolchain' ? name : `${settings.gnuTarget} (installed)`,
        );
  }
  if (command === '--version' || command === '-V') return print('rustup 1.28.0 (nx-redox)');
  if (command === undefined || !DONE.has(command)) {
    throw new UserError(`rustup ${argv.join(' ')}: there is no such thing in a build`, {
      advice: 'the toolchain is that of the workspace: npx nx run toolchain:install',
    });
  }
  recordCall(settings, {
    program: 'rustup',
    before: argv,
    after: ['true'],
    changes: [
      { what: 'nothing was installed', why: 'there is one toolchain, with the standard library of every target' },
    ],
  });
  return Promise.resolve(0);
}
