import { UserError } from '@nx-redox/kit';
import { execute } from '../exec';
import { parseCommandLine } from '../cargo/command-line';
import { COMPILES } from '../cargo/plan';
import type { FrontSettings } from '../settings';
import { cargoPage } from './cargo';

/** `redoxer`, which the cookbook calls `$COOKBOOK_CARGO`. */
export async function redoxerPage(settings: FrontSettings, argv: readonly string[]): Promise<number> {
  const { toolchain, command } = parseCommandLine(argv);
  const words = toolchain === undefined ? [...argv] : argv.slice(1);
  switch (command) {
    case 'env': {
      const [program, ...args] = words.slice(1);
      if (program === undefined) throw new UserError('redoxer env: no program is named');
      return execute(program, args);
    }
    case 'toolchain':
    case 'pkg':
      // Both bring what is here already.
      return 0;
    case 'exec':
    case 'run':
    case 'write-exec':
      throw new UserError(`redoxer ${command} starts a program in Redox, which a build does not`, {
        advice: 'boot the system instead, and run it there: npx nx run <system>:exec --command="…"',
      });
  }
  if ((command === 'test' || command === 'bench') && !words.includes('--no-run')) {
    throw new UserError(`redoxer ${command} runs tests in Redox, which a build does not`, {
      advice: `compile them with redoxer ${command} --no-run, and run them in a booted system`,
    });
  }
  if (command === undefined || !COMPILES.has(command)) return cargoPage(settings, words);
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  if (!before.some((word) => /^--target(=|$)/.test(word))) {
    // Behind the command; no option of cargo itself stands there.
    const at = words.findIndex((word) => word === command || (word.length === 1 && command.startsWith(word)));
    words.splice(at + 1, 0, '--target', process.env.TARGET ?? settings.gnuTarget);
  }
  return cargoPage(settings, words);
}
