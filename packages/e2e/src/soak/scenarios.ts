import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@nx-redox/kit';
import { runningIn } from '../processes';
import type { Workspace } from '../workspace';

/** What a scenario works with. */
export interface Ground {
  first: Workspace;
  second: Workspace;
  /** From 0 to less than 1, as Math.random, but the same again for the same seed. */
  random(): number;
  /** Different for each run. */
  run: number;
}

export interface Scenario {
  name: string;
  what: string;
  /** @returns why it was not run on this machine; @throws {Error} if something was not as expected */
  play(ground: Ground): Promise<string | void>;
}

/** Milliseconds after which a program that should have ended with its parent has been forgotten. */
const END_WITHIN = 20_000;
/** Nx's own workers, which end when they notice that nobody speaks with them. */
const NX_WORKER = 'plugin-worker';
const INIT_RC = 'recipes/mini/initfs/etc/init.rc';
const IMAGE = 'dist/aarch64/cranelift/initfs/initfs.img';

function assert(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

async function boots(workspace: Workspace, when: string): Promise<void> {
  const { exitCode, output } = await workspace.nx(['run', 'mini:boot']);
  assert(exitCode === 0, `mini does not boot ${when}:\n${output}`);
}

/** Another image each time, so that bundle and boot are not taken from the cache. */
const touchImage = (workspace: Workspace, { run: n }: Ground) => workspace.edit(INIT_RC, /$/, `# ${n} ${Date.now()}\n`);

async function nothingRuns({ root }: Workspace, after: string): Promise<void> {
  const running = async () =>
    (await runningIn(root)).filter(({ args }) => !args.some((text) => text.includes(NX_WORKER)));
  for (const end = Date.now() + END_WITHIN; Date.now() < end; await sleep(50)) {
    if ((await running()).length === 0) return;
  }
  const programs = await running();
  const left = programs.map(({ args }) => args.join(' ').slice(0, 120));
  for (const { pid } of programs) process.kill(pid, 'SIGKILL');
  assert(left.length === 0, `still running after ${after}:\n${left.join('\n')}`);
}

const bootLoaded: Scenario = {
  name: 'boot',
  what: 'boots while other programs want both cores',
  async play(ground) {
    const burners = Array.from({ length: 3 }, () => spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }));
    try {
      await touchImage(ground.first, ground);
      await boots(ground.first, 'on a loaded machine');
    } finally {
      for (const burner of burners) burner.kill('SIGKILL');
    }
  },
};

const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

const kill: Scenario = {
  name: 'kill',
  what: 'kills a program of a run at a random time; nothing stays, and the next boot is right',
  async play(ground) {
    const { first, random, run: n } = ground;
    await touchImage(first, ground);
    await first.edit('recipes/mini/logd/src/main.rs', /$/, `\n// ${n}\n`);
    let ended = false;
    const task = first.nx(['run', 'mini:boot']).finally(() => (ended = true));
    await sleep(500 + random() * 5_000);
    const programs = ended ? [] : await runningIn(first.root);
    const victim = programs[Math.floor(random() * programs.length)];
    const signal = SIGNALS[Math.floor(random() * SIGNALS.length)]!;
    if (victim !== undefined) {
      try {
        process.kill(victim.pid, signal);
      } catch (error) {
        // It has ended by itself.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await task;
    await nothingRuns(first, `${signal} to ${victim?.args.join(' ').slice(0, 120)}`);
    await boots(first, `after ${signal} to ${victim?.args.join(' ').slice(0, 120)}`);
  },
};

const flood: Scenario = {
  name: 'flood',
  what: 'a service prints without end: a verdict in time, and a report that can be read',
  async play({ first }) {
    await first.edit(
      'recipes/mini/ramfs/src/main.rs',
      /(fn main\(\)[^{]*\{)/,
      '$1 loop { rt::println!("\\u{1b}[31m flood {}", "x".repeat(900)); }',
    );
    await first.edit('recipes/mini/system.toml', /timeout = \d+/g, 'timeout = 3');
    const { exitCode, output } = await first.nx(['run', 'mini:boot']);
    // Nx ends with 130 when it leaves out what depends on a task that has failed.
    assert(exitCode !== 0, `a boot that never ends has passed:\n${output.slice(-2000)}`);
    assert(output.length < 1_000_000, `the output has ${output.length} characters`);
    const report = await first.readJson<{ verdict: string }>('dist/aarch64/cranelift/mini/boot/report.json');
    assert(report.verdict !== 'passed', `the report says ${report.verdict}`);
    await nothingRuns(first, 'a flood');
  },
};

const fullDisk: Scenario = {
  name: 'full disk',
  what: 'the disk is full while results are written: said so, nothing half-written, and the next run is right',
  async play(ground) {
    const { first, random } = ground;
    const mounts = await run('unshare', ['--mount', '--map-root-user', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
    if (mounts.exitCode !== 0) return `no mount namespaces here: ${mounts.stderr.trim()}`;
    await touchImage(first, ground);
    const size = Math.floor(16 + random() * 400);
    const { exitCode, output } = await first.nx(['run', 'initfs:bundle-cranelift'], {
      wrapper: [
        'unshare',
        '--mount',
        '--map-root-user',
        'sh',
        '-c',
        `mkdir -p dist/aarch64/cranelift/initfs; mount -t tmpfs -o size=${size}k none dist/aarch64/cranelift/initfs; exec "$@"`,
        'sh',
      ],
    });
    assert(exitCode === 1, `a full disk has passed:\n${output}`);
    assert(/no space left|disk is full|ENOSPC/i.test(output), `a full disk is not named:\n${output}`);
    assert(!/^\s+at .*\(.*:\d+:\d+\)$/m.test(output), `a stack trace:\n${output}`);
    await boots(first, 'after a full disk');
  },
};

const twoAtOnce: Scenario = {
  name: 'two at once',
  what: 'two workspaces with the same change build and boot at once, and have the same bytes',
  async play(ground) {
    const { first, second, run: n } = ground;
    for (const workspace of [first, second]) {
      await workspace.edit(INIT_RC, /$/, `# both ${n}\n`);
      await workspace.edit('recipes/mini/zerod/src/main.rs', /$/, `\n// both ${n}\n`);
    }
    await Promise.all([boots(first, 'beside another'), boots(second, 'beside another')]);
    const [one, other] = await Promise.all(
      [first, second].map(async ({ root }) =>
        createHash('sha256')
          .update(await readFile(join(root, IMAGE)))
          .digest('hex'),
      ),
    );
    assert(one === other, `two workspaces made two images: ${one}, ${other}`);
  },
};

export const SCENARIOS: readonly Scenario[] = [bootLoaded, kill, twoAtOnce, flood, fullDisk];
