import { join } from 'node:path';
import { execute } from '../exec';
import { recordCall } from '../record';
import { type FrontSettings, placesOf } from '../settings';
import { readTarget } from '../targets/target';

/** `rustc` that a script calls itself, for another target than this machine; cargo's calls never get here. */
export async function rustcPage(settings: FrontSettings, argv: readonly string[]): Promise<number> {
  const at = argv.findIndex((word) => word === '--target' || word.startsWith('--target='));
  const word = argv[at]?.startsWith('--target=') ? argv[at].slice('--target='.length) : argv[at + 1];
  const target =
    at < 0 || word === undefined ? undefined : readTarget(word, process.cwd(), settings.rust.location.rustcLlvm);
  if (target === undefined || target.os === 'other') return execute(settings.rust.location.rustcLlvm, argv);
  const { prepareTargets } = await import('../targets/prepare.js');
  const std = target.os === 'redox';
  const { folder, targets } = await prepareTargets(settings, [target], { std, mem: !std });
  // By its name, under which it was prepared.
  const args = argv.map((one) =>
    one === word ? target.name : one === `--target=${word}` ? `--target=${target.name}` : one,
  );
  const changes = targets.flatMap((prepared) => prepared.changes);
  recordCall(settings, { program: 'rustc', before: argv, after: ['rustc', ...args], changes });
  return execute(join(placesOf(settings.dir).bin, 'rustc'), args, { env: { NX_REDOX_TARGETS: folder } });
}
