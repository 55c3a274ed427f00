import { createWorkspace, type Workspace } from '../workspace';
import { type Scenario, SCENARIOS } from './scenarios';

/** How often a scenario was run, and what came of it. */
export interface Count {
  name: string;
  what: string;
  runs: number;
  asExpected: number;
  /** Why it was not run. */
  skipped?: string;
  /** What was not as expected, the run's number first. */
  faults: string[];
}

/** How often each scenario is run before the round starts anew: boots and kills are what a day has most of. */
const WEIGHTS: Readonly<Record<string, number>> = { boot: 3, kill: 3 };

/** The same numbers for the same seed: Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Runs scenarios in two copies of this workspace until the time is over; each at least once.
 *
 * @param minutes after which no further scenario is started.
 * @param log is told of each run.
 */
export async function soak(
  minutes: number,
  seed: number,
  log: (line: string) => void = () => undefined,
): Promise<Count[]> {
  const random = randomFrom(seed);
  const counts = SCENARIOS.map(({ name, what }): Count => ({ name, what, runs: 0, asExpected: 0, faults: [] }));
  const end = performance.now() + minutes * 60_000;
  const order: Scenario[] = SCENARIOS.flatMap((scenario) =>
    Array.from({ length: WEIGHTS[scenario.name] ?? 1 }, () => scenario),
  );
  const [first, second] = [await createWorkspace(), await createWorkspace()];
  try {
    // Once each, then by weight.
    for (let run = 0; run < SCENARIOS.length || performance.now() < end; run++) {
      const scenario = run < SCENARIOS.length ? SCENARIOS[run]! : order[(run - SCENARIOS.length) % order.length]!;
      const count = counts.find(({ name }) => name === scenario.name)!;
      if (count.skipped !== undefined) continue;
      await play(scenario, count, { first, second, random, run }, log);
    }
  } finally {
    await Promise.all([first, second].map((workspace) => workspace.remove()));
  }
  return counts;
}

async function play(
  scenario: Scenario,
  count: Count,
  ground: { first: Workspace; second: Workspace; random: () => number; run: number },
  log: (line: string) => void,
): Promise<void> {
  const start = performance.now();
  const say = (text: string) =>
    log(`${ground.run} ${scenario.name}: ${text}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  try {
    const skipped = await scenario.play(ground);
    if (typeof skipped === 'string') {
      count.skipped = skipped;
      say(`skipped (${skipped})`);
      return;
    }
    count.runs++;
    count.asExpected++;
    say('as expected');
  } catch (error) {
    count.runs++;
    count.faults.push(`run ${ground.run}: ${(error as Error).message}`);
    say(`NOT as expected: ${(error as Error).message}`);
  } finally {
    await Promise.all([ground.first.reset(), ground.second.reset()]);
  }
}
