import { appendFileSync, closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommandLine } from '../cargo/command-line';
import { planCall, readCall } from '../cargo/plan';
import { execute } from '../exec';
import { initfsArchiver } from './initfs-ar';
import { record, recordCall } from '../record';
import { type FrontSettings, placesOf } from '../settings';

/** `cargo`: for Redox and for no operating system with the build's backend; for this machine as it is. */
export async function cargoPage(settings: FrontSettings, argv: readonly string[]): Promise<number> {
  const { cargo } = settings.rust.location;
  const archiver = initfsArchiver(settings, argv);
  if (archiver !== undefined) return archiver();
  const cwd = process.cwd();
  const call = readCall(settings, argv, cwd);
  const places = placesOf(settings.dir);
  const rustc = join(places.bin, 'rustc');
  if (call === undefined) {
    const { toolchain } = parseCommandLine(argv);
    // There is one toolchain.
    const args = toolchain === undefined ? argv : argv.slice(1);
    const env = {
      RUSTC: rustc,
      RUSTC_BOOTSTRAP: '1',
      // As in the calls below, with which it may share crates.
      CARGO_UNSTABLE_CHECKSUM_FRESHNESS: 'true',
      CARGO_NET_GIT_FETCH_WITH_CLI: 'true',
    };
    return execute(cargo, args, { env });
  }
  for (const { file } of call.targets) {
    if (file !== undefined) record(settings, { kind: 'read', what: 'file', name: file });
  }
  for (const name of call.config.files) record(settings, { kind: 'read', what: 'file', name });
  const { prepareTargets } = await import('../targets/prepare.js');
  const { folder, targets } = await prepareTargets(settings, call.targets, call.wish);
  const { args, env, changes, isRecorded } = planCall(call, targets, {
    rustc,
    targets: folder,
    buildDir: places.buildDir,
  });
  recordCall(settings, { program: 'cargo', before: argv, after: ['cargo', ...args], changes });
  if (!isRecorded) return execute(cargo, args, { env });
  // A file of its own: calls run beside each other, and their lines must not mix.
  const own = `${places.messages}.${process.pid}`;
  const stdout = openSync(own, 'w');
  try {
    return await execute(cargo, args, { env, stdout });
  } finally {
    closeSync(stdout);
    appendFileSync(places.messages, readFileSync(own));
    rmSync(own);
  }
}
