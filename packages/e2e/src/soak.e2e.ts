import { expect, it } from 'vitest';
import { soak } from './soak/soak';

it('a minute of soaking: each scenario once, all as expected', async () => {
  const counts = await soak(0, 1);
  expect(counts.flatMap(({ name, faults }) => faults.map((fault) => `${name}, ${fault}`))).toEqual([]);
  expect(counts.reduce((sum, { runs }) => sum + runs, 0)).toBeGreaterThanOrEqual(4);
});
